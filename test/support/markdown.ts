// Finds the programs in a Markdown page: code blocks, what continues them, and the output they promise.

/** A program of a page: one block, or several joined by `<!-- continues -->`. */
export interface Program {
  readonly language: 'ts' | 'js';
  /** The line of its first block, for messages. */
  readonly line: number;
  readonly code: string;
  /** What it prints, when the page says so in a block after `<!-- output -->`. */
  readonly output: string | undefined;
}

interface Block {
  readonly info: string;
  readonly line: number;
  readonly text: string;
  /** The HTML comment that stands right before the block. */
  readonly comment: string | undefined;
}

export function programsOf(markdown: string): Program[] {
  const programs: Program[] = [];
  for (const { info, line, text, comment } of blocksOf(markdown)) {
    const last = programs.at(-1);
    if (comment === 'output') {
      if (last === undefined) throw new Error(`line ${line}: an output without a program before it`);
      programs[programs.length - 1] = { ...last, output: (last.output ?? '') + text };
    } else if (comment === 'continues') {
      if (last?.language !== info) throw new Error(`line ${line}: no ${info} block to continue`);
      programs[programs.length - 1] = { ...last, code: last.code + text };
    } else if (info === 'ts' || info === 'js') {
      programs.push({ language: info, line, code: text, output: undefined });
    }
  }
  return programs;
}

function blocksOf(markdown: string): Block[] {
  const pattern = /(?:^<!-- (?<comment>[a-z]+) -->\n\s*)?^```(?<info>[^\n]*)\n(?<text>[\s\S]*?)^```$/gm;
  return [...markdown.matchAll(pattern)].map(match => ({
    info: match.groups?.['info']?.trim() ?? '',
    line: markdown.slice(0, match.index).split('\n').length,
    text: match.groups?.['text'] ?? '',
    comment: match.groups?.['comment'],
  }));
}
