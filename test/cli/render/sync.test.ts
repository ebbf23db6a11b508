import t from 'tap';
import { makePalette } from '#src/cli/render/palette.js';
import { renderConflicts, renderSyncReport } from '#src/cli/render/sync-report.js';
import { renderSyncLine, renderSyncStatus } from '#src/cli/render/sync-status.js';
import type { Conflict, SyncReport, SyncStatus } from '#src/sdk/typescript/index.js';

const plain = makePalette(false);
const STATUS: SyncStatus = {
  workspace: 'my-workspace',
  remote: 'origin',
  url: 'libsql://mydb-org.turso.io',
  mode: 'real-time',
  interval: 300,
  lastSync: '2024-01-15T10:30:00.250Z',
  pendingChanges: 0,
  pendingConflicts: 0,
  syncStatus: 'synced',
  revision: 7,
  agent: 'agent-1',
};
const REPORT: SyncReport = {
  remote: 'origin',
  revision: 7,
  pushed: 0,
  pulled: 0,
  bytesSent: 0,
  bytesReceived: 0,
  roundTrips: 1,
  rowsWritten: 0,
  chunksSent: 0,
  chunksReused: 0,
  durationMs: 120,
  conflicts: [],
  conflictsResolved: 0,
};

t.test("a sync status begins with the documentation's five lines, word for word", async (t) => {
  const lines = renderSyncStatus(STATUS, plain).split('\n');
  t.strictSame(lines.slice(0, 5), [
    'Workspace: my-workspace',
    'Mode: real-time',
    'Last sync: 2024-01-15T10:30:00Z',
    'Pending changes: 0',
    'Sync status: synced',
  ]);
});

t.test('before the first sync the status says never, and an error comes with its hint', async (t) => {
  const text = renderSyncStatus(
    {
      ...STATUS,
      lastSync: null,
      syncStatus: 'auth',
      error: { code: 'REMOTE_AUTH', message: 'refused', hint: 'Renew it.' },
    },
    plain,
  );
  t.match(text, 'Last sync: never');
  t.match(text, 'Error: refused\nHint: Renew it.');
});

t.test('the interval is shown where the mode uses it', async (t) => {
  t.match(renderSyncStatus({ ...STATUS, mode: 'periodic' }, plain), 'Interval: 300 s');
  t.notMatch(renderSyncStatus(STATUS, plain), 'Interval');
});

t.test('the live line tells state, pending changes and conflicts', async (t) => {
  t.equal(renderSyncLine(STATUS, plain), 'synced · 0 pending · last sync 2024-01-15T10:30:00Z');
  t.match(renderSyncLine({ ...STATUS, pendingConflicts: 2 }, plain), '2 in conflict');
});

t.test('a report says what moved in which direction, or that there was nothing', async (t) => {
  t.equal(renderSyncReport('push', REPORT, false), 'Nothing to push, revision 7');
  t.equal(
    renderSyncReport('push', { ...REPORT, pushed: 2, bytesSent: 2048 }, false),
    'Pushed 2 changes (2.0 KiB), revision 7, 120 ms',
  );
  t.match(renderSyncReport('pull', { ...REPORT, pulled: 1 }, true), /^Would pull 1 change /);
});

t.test('conflicts are a table of both sides', async (t) => {
  const side = {
    kind: 'file' as const,
    mode: 0o644,
    size: 10,
    mtime: '1970-01-01T00:00:00.000Z',
    hash: '',
  };
  const conflict: Conflict = {
    id: 'c1',
    path: '/a.txt',
    type: 'delete/modify',
    base: side,
    local: null,
    remote: side,
  };
  t.equal(
    renderConflicts([conflict]),
    'PATH    CONFLICT       HERE     REMOTE                      WINNER\n' +
      '/a.txt  delete/modify  deleted  10 B, 1970-01-01T00:00:00Z  undecided',
  );
  t.equal(renderConflicts([]), 'No conflicts');
});
