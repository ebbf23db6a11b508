/**
 * The details of the audit log, as a person reads them.
 */
import t from 'tap';
import { auditDetail } from '#src/cli/render/audit-detail.js';

t.test('values stand by their names, a conflict by its path, text for itself', async (t) => {
  t.equal(
    auditDetail('{"pushed":7,"mode":"manual","keep":["a","b"]}'),
    'pushed=7 mode=manual keep=["a","b"]',
  );
  const conflict = { id: 'x', path: '/f 1', type: 'modify/modify', base: null };
  t.equal(
    auditDetail(JSON.stringify({ conflict, strategy: 'merge' })),
    '/f 1 (modify/modify) strategy=merge',
  );
  t.equal(auditDetail('3 made: a, b, c'), '3 made: a, b, c');
  t.equal(auditDetail('{broken'), '{broken');
  t.equal(auditDetail(''), '');
});
