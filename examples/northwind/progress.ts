// The progress of a run: a bar on a terminal, four lines anywhere else.
import { stdout } from 'node:process';
import { showCount } from './money.ts';

const WIDTH = 40;
const QUARTERS = 4;

export interface Progress {
  /** `note` stands behind the count. */
  show(done: number, note?: string): void;
  end(): void;
}

export function makeProgress(total: number): Progress {
  return stdout.isTTY ? makeBar(total) : makeLines(total);
}

function makeBar(total: number): Progress {
  let drawn = '';
  return {
    show(done, note = '') {
      const look = `${Math.floor((100 * done) / total)} ${note}`;
      if (look === drawn) return;
      drawn = look;
      const filled = Math.round((WIDTH * Math.min(done, total)) / total);
      stdout.write(`\r  ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}  ${textOf(done, total)}  ${note}\u001B[K`);
    },
    end: () => void stdout.write('\r\u001B[K'),
  };
}

function makeLines(total: number): Progress {
  let quarter = 0;
  return {
    show(done) {
      while (quarter < QUARTERS && done * QUARTERS >= total * (quarter + 1)) {
        quarter += 1;
        const percent = String((100 * quarter) / QUARTERS).padStart(3);
        console.log(`  ${percent} %  ${textOf(Math.ceil((total * quarter) / QUARTERS), total)}`);
      }
    },
    end: () => undefined,
  };
}

function textOf(done: number, total: number): string {
  return `${showCount(done).padStart(showCount(total).length)} of ${showCount(total)} orders`;
}
