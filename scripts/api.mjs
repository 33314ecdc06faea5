// Compares the public surface of each published entry with its report in etc/, or rewrites the report with --update.
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { entries, root } from './entries.mjs';

const update = process.argv.includes('--update');
const error = { logLevel: /** @type {any} */ ('error'), addToApiReportFile: false };
const none = { logLevel: /** @type {any} */ ('none') };

/** @param {import('./entries.mjs').Entry} entry */
function compare(entry) {
  const report = `${entry.name.replaceAll('/', '-')}.api.md`;
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(root, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: entry.types,
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json'), skipLibCheck: true },
      apiReport: {
        enabled: true,
        reportFileName: report,
        reportFolder: join(root, 'etc'),
        reportTempFolder: join(root, '.tmp/api'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: error },
        extractorMessageReporting: {
          default: error,
          'ae-undocumented': error,
          // Everything exported is public; there is no second audience to tag for.
          'ae-missing-release-tag': none,
          // Helper types of a signature show in the report where they are used; exporting them would make them API.
          'ae-forgotten-export': none,
          // A class that overrides a documented member of a base inherits the comment.
          'ae-unresolved-inheritdoc-base': none,
        },
        tsdocMessageReporting: { default: error },
      },
    },
  });
  const result = Extractor.invoke(config, {
    localBuild: update,
    messageCallback: message => {
      // The extractor brings its own parser and says so on every run.
      if (message.messageId === 'console-compiler-version-notice' || message.messageId === 'console-preamble') {
        message.handled = true;
      }
      // Every export has a sentence; a member whose name says it all need not repeat it.
      if (message.messageId === 'ae-undocumented' && (message.sourceFileColumn ?? 1) > 1) {
        message.logLevel = /** @type {any} */ ('none');
      }
    },
  });
  if (result.apiReportChanged && !update) {
    console.error(
      `The surface of ${entry.name} differs from etc/${report}. If it is meant: npm run api:update, and commit it.`,
    );
  }
  return (update || !result.apiReportChanged) && result.errorCount === 0;
}

mkdirSync(join(root, 'etc'), { recursive: true });
const surfaces = entries();
const failed = surfaces.filter(entry => !compare(entry));
for (const entry of failed) console.error(`api: ${entry.name} (${relative(root, entry.types)}) failed`);
if (failed.length === 0) console.log(`api: ${surfaces.map(entry => entry.name).join(', ')}: as reported in etc/`);
process.exit(failed.length === 0 ? 0 : 1);
