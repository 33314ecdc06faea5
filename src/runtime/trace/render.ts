// renderTrace: a conversation as text for terminals, failing tests, issues and pages.
import { TroupeError } from '../errors.ts';
import { renderMermaid } from './render-mermaid.ts';
import { renderSequence } from './render-sequence.ts';
import { renderTree } from './render-tree.ts';
import type { Trace } from './trace.ts';

/** How a trace is drawn: as a tree of causes, as a sequence diagram in text, or as one in Mermaid. */
export type TraceFormat = 'tree' | 'sequence' | 'mermaid';

/**
 * Renders what `runtime.trace` returned. It holds ids, types, names and error messages, never payloads; for JSON, the
 * trace itself is the data.
 *
 * @example
 * console.log(renderTrace(runtime.trace(receipt.correlationId), 'sequence'));
 *
 * @throws TroupeError `invalid-options`
 */
export function renderTrace(trace: Trace, format: TraceFormat): string {
  switch (format) {
    case 'tree':
      return renderTree(trace);
    case 'sequence':
      return renderSequence(trace);
    case 'mermaid':
      return renderMermaid(trace);
    default:
      throw new TroupeError(
        'invalid-options',
        `There is no format '${String(format)}'. Use tree, sequence or mermaid.`,
      );
  }
}
