// Reads the XML that SCXML documents use: elements, attributes, text, CDATA and entities, with namespaces dropped.

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Its own text, that of its children left out. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const skipped = String.raw`<!--[^]*?-->|<\?[^]*?\?>`;
const cdata = String.raw`<!\[CDATA\[(?<cdata>[^]*?)\]\]>`;
const closing = String.raw`<\/(?<close>[\w.:-]+)\s*>`;
const attribute = String.raw`\s+(?<key>[\w.:-]+)\s*=\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)')`;
const opening = String.raw`<(?<open>[\w.:-]+)(?<attributes>(?:${attribute.replaceAll(/\?<\w+>/g, '?:')})*)\s*(?<empty>\/?)>`;
const token = new RegExp(`${skipped}|${cdata}|${closing}|${opening}|(?<text>[^<]+)`, 'gy');
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export function parseXml(source: string): Element {
  const document: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open: OpenElement[] = [document];
  let end = 0;
  for (const match of source.trim().matchAll(token)) {
    end += match[0].length;
    take(match.groups ?? {}, open);
  }
  const [root] = document.children;
  if (end !== source.trim().length || open.length > 1 || root === undefined) {
    throw new Error(`The document is no XML: unexpected text at character ${end}.`);
  }
  return root;
}

function take(groups: Readonly<Record<string, string | undefined>>, open: OpenElement[]): void {
  const parent = open.at(-1);
  if (parent === undefined) return;
  if (groups['close'] !== undefined) {
    const name = localName(groups['close']);
    if (name !== parent.name) throw new Error(`The document is no XML: </${name}> closes <${parent.name}>.`);
    open.pop();
  } else if (groups['open'] === undefined) {
    parent.text += groups['cdata'] ?? unescape(groups['text'] ?? '');
  } else {
    const element = {
      name: localName(groups['open']),
      attributes: attributesOf(groups['attributes'] ?? ''),
      children: [],
      text: '',
    };
    parent.children.push(element);
    if (groups['empty'] === '') open.push(element);
  }
}

function attributesOf(text: string): Record<string, string> {
  const found = [...text.matchAll(new RegExp(attribute, 'g'))].map(({ groups = {} }) => [
    localName(groups['key'] ?? ''),
    unescape(groups['double'] ?? groups['single'] ?? ''),
  ]);
  return Object.fromEntries(found) as Record<string, string>;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function unescape(text: string): string {
  return text.replaceAll(
    /&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi,
    (whole: string, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
    },
  );
}
