// Reads the text of an SCXML document, with the files it keeps its scripts and data in, and refuses what cannot run.
import { refuseUnsupported } from './unsupported.ts';
import { parseXml, type Element } from './xml.ts';

export interface Loader {
  /** Reads the text of a file that a document refers to. */
  readonly load: (path: string) => string;
}

/** Throws for what no machine can be made for. */
export function readSource(text: string, loader: Loader): Element {
  const root = inline(parseXml(text), loader);
  refuseUnsupported(root);
  return root;
}

/** Puts the text of files in. The document of an invocation is no text: it is converted by itself. */
function inline(element: Element, loader: Loader): Element {
  const { src } = element.attributes;
  const text = src === undefined || element.name === 'invoke' ? element.text : loader.load(src);
  return { ...element, text, children: element.children.map(child => inline(child, loader)) };
}
