// The auditor hears everything, its own report too, and publishes only when a command asks for the report.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import { about } from '../kit.ts';

const DoorOpened = defineEvent('door.opened', about);
const ReportWritten = defineEvent('audit.report-written', about);
const WriteReport = defineCommand('audit.write-report', about);
const OpenDoor = defineCommand('door.open', about);

const doors = defineActor('doors', { state: () => ({ open: false }), publishes: [DoorOpened] }).on(
  OpenDoor,
  (ctx, door) => {
    ctx.state.open = true;
    ctx.publish(DoorOpened, door);
  },
);
const audit = defineActor('audit', { state: () => ({ entries: 0 }), single: true, publishes: [ReportWritten] })
  .onAny('#', ctx => {
    ctx.state.entries += 1;
  })
  .on(WriteReport, (ctx, report) => {
    ctx.publish(ReportWritten, report);
  });

export const app = defineApp({ actors: [doors, audit] });
