// Reads TypeScript as text: blanks comments and strings, lists imports. Enough for rules about form; no parser needed.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file as the rules see it; `path` is relative to the folder that was read, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The text with comments and the insides of strings blanked; same length, same lines. */
  readonly code: string;
}

/** An import or a re-export. */
export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: blank(text) };
}

/** Every file below `folder` with one of the extensions, in the order of their paths. */
export function readSources(folder: string, extension = '.ts'): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => path.endsWith(extension))
    .toSorted()
    .map(path => sourceFile(path, readFileSync(join(folder, path), 'utf8')));
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

const importForms = [
  // `import … from '…'` and `export … from '…'`.
  /(?<=^|[;}\n])\s*(?:import|export)\s+(?<type>type\s+(?=[\w$*{]))?[\w$*{},\s]*?\bfrom\s*(?<quote>['"])/g,
  // `import '…'`.
  /(?<=^|[;}\n])\s*import\s*(?<quote>['"])/g,
  // `import('…')` and `require('…')`.
  /\b(?:import|require)\s*\(\s*(?<quote>['"`])/g,
];

export function importsOf({ text, code }: SourceFile): Import[] {
  return importForms.flatMap(form =>
    [...code.matchAll(form)].map(match => {
      const start = match.index + match[0].length;
      const specifier = text.slice(start, code.indexOf(match.groups?.['quote'] ?? "'", start));
      // `import type from './type.ts'` imports a value called type.
      const typeOnly = match.groups?.['type'] !== undefined && !/^\s*import\s+type\s+from/.test(match[0]);
      return { specifier, typeOnly, line: lineAt(text, start) };
    }),
  );
}

const beforeRegex =
  /(?:^|[([{,;:=!&|?+\-*%<>~^}\n]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|await))\s*$/;

/** Blanks comments and the insides of strings, templates and regular expressions. */
function blank(text: string): string {
  let code = '';
  // One entry per open `${`, counting the braces inside it.
  const templates: number[] = [];
  const keep = (count: number): void => {
    code += text.slice(code.length, code.length + count);
  };
  const hide = (end: number): void => {
    code += text.slice(code.length, end).replaceAll(/[^\n]/g, ' ');
  };
  const template = (): void => {
    const match = matchAt(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y, text, code.length);
    hide(code.length + match.length);
    if (text.startsWith('${', code.length)) templates.push(0);
    keep(text.startsWith('${', code.length) ? 2 : 1);
  };
  while (code.length < text.length) {
    const at = code.length;
    const char = text.charAt(at);
    const pair = text.slice(at, at + 2);
    if (pair === '//') hide(at + matchAt(/[^\n]*/y, text, at).length);
    else if (pair === '/*') hide(at + matchAt(/\/\*[\s\S]*?(?:\*\/|$)/y, text, at).length);
    else if (char === "'" || char === '"') {
      keep(1);
      hide(at + 1 + matchAt(char === "'" ? /(?:[^'\\\n]|\\[\s\S])*/y : /(?:[^"\\\n]|\\[\s\S])*/y, text, at + 1).length);
      keep(1);
    } else if (char === '`') {
      keep(1);
      template();
    } else if (char === '/' && beforeRegex.test(code.slice(-20))) {
      keep(1);
      hide(at + 1 + matchAt(/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])*/y, text, at + 1).length);
      keep(1);
    } else if (char === '}' && templates.at(-1) === 0) {
      templates.pop();
      keep(1);
      template();
    } else {
      const depth = templates.length - 1;
      const braces = (templates[depth] ?? 0) + (char === '{' ? 1 : char === '}' ? -1 : 0);
      if (depth >= 0) templates[depth] = braces;
      keep(1);
    }
  }
  return code;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  const sticky = new RegExp(pattern.source, 'y');
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}
