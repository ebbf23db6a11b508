/**
 * Keeps what cannot be believed out of a round, and in mind for the next: rows that are malformed, that would break the
 * tree, or whose content cannot be had, and rows that are good but wait for one of those. Pure.
 *
 * What is held back here is as if the remote had not sent it: what is known stays. A newer row for it is a reason to look
 * at the whole remote again (`doubtful`), since what waited came before the cursor; so is a row that breaks the tree
 * though nothing is known to be missing.
 */
import type { QuarantineRow } from '../../store/index.js';
import { type Disbelieved, disbelieve, type FeedRows } from '../core/disbelief.js';
import { type NodeId, OverlayTree, ROOT_NODE, type TreeView } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import type { FeedEntry, FeedNode, Quarantined } from '../remote/index.js';

/** Directories above one another, at most, when a path is made for people. */
const DEPTH_SHOWN = 64;

export interface HoldingBack {
  /** Everything in quarantine from now on. */
  readonly held: readonly QuarantineRow[];
  /** Only the whole remote can tell. Nothing may be carried out. */
  readonly doubtful: boolean;
}

export interface HoldBackOptions {
  readonly known: TreeView;
  /** In quarantine so far. */
  readonly remembered: readonly QuarantineRow[];
  readonly malformed: readonly Quarantined[];
  /** The rows are all that the remote has. */
  readonly isWhole: boolean;
}

/** Takes out of `rows` what must not be believed. */
export function holdBack(rows: FeedRows<FeedNode, FeedEntry>, options: HoldBackOptions): HoldingBack {
  const { known, malformed, isWhole } = options;
  const held = new Map<string, QuarantineRow>();
  const hold = (row: QuarantineRow) => held.set(`${row.what} ${row.key}`, row);
  let doubtful = false;
  for (const row of isWhole ? [] : options.remembered) {
    const there = row.what === 'node' ? rows.nodes.get(row.key) : rows.entries.get(row.key);
    if (there !== undefined && there.revision > row.revision) doubtful = true;
    if (row.what === 'node') rows.nodes.delete(row.key);
    else rows.entries.delete(row.key);
    hold(row);
  }
  for (const one of malformed) if (one.what !== 'chunk') hold(rowOfMalformed(one));
  const bad = new Set<NodeId>();
  for (const { what, key, node } of held.values()) {
    if (what === 'node') bad.add(key);
    else if (node !== '' && known.node(node) === undefined) bad.add(node);
  }
  const found = disbelieve(known, rows, bad);
  if (!isWhole && found.some(({ waits }) => !waits)) doubtful = true;
  for (const one of found) hold(rowOfDisbelieved(one));
  return { held: named([...held.values()], known, rows), doubtful };
}

/** A node whose content the remote does not have, or not whole. */
export function heldContent(
  id: NodeId,
  revision: number,
  of: { shown: string; reason: string },
): QuarantineRow {
  return { what: 'node', key: id, node: id, revision, waits: false, ...of };
}

function rowOfMalformed({ what, id, revision, reason, parent, node, name }: Quarantined): QuarantineRow {
  const isSlot = parent !== undefined && name !== undefined;
  return {
    what: what === 'node' ? 'node' : 'entry',
    key: isSlot ? slotKey({ parent, name }) : id,
    node: (what === 'node' ? id : node) ?? '',
    shown: id,
    ...{ revision, reason, waits: false },
  };
}

function rowOfDisbelieved(one: Disbelieved<FeedNode, FeedEntry>): QuarantineRow {
  const { what, reason, waits } = one;
  const { revision } = one.row;
  if (one.what === 'node')
    return { what, key: one.row.id, node: one.row.id, shown: one.row.id, revision, reason, waits };
  const key = slotKey(one.row);
  return { what, key, node: one.row.node ?? '', shown: key, revision, reason, waits };
}

/** The rows with paths to show, as far as names lead to them. */
function named(
  held: readonly QuarantineRow[],
  known: TreeView,
  rows: FeedRows<FeedNode, FeedEntry>,
): QuarantineRow[] {
  if (held.length === 0) return [];
  const changes = [...rows.entries.values()].map(({ parent, name, node }) => ({
    ...{ type: 'entry' as const, parent, name, node },
  }));
  const tree = new OverlayTree(known, changes);
  const places = new Map<NodeId, string>();
  for (const { what, key, node } of held) if (what === 'entry' && node !== '') places.set(node, key);
  const placeOf = (id: NodeId): string | undefined => {
    const entry = tree.entriesOf(id)[0];
    return entry === undefined ? places.get(id) : slotKey(entry);
  };
  const pathOfPlace = (place: string | undefined): string | undefined => {
    const names: string[] = [];
    for (let at = place; at !== undefined && names.length < DEPTH_SHOWN; ) {
      const slash = at.indexOf('/');
      names.push(at.slice(slash + 1));
      const parent = at.slice(0, slash);
      if (parent === ROOT_NODE) return `/${names.reverse().join('/')}`;
      at = placeOf(parent);
    }
    return undefined;
  };
  return held.map((row) => {
    const path = pathOfPlace(row.what === 'entry' ? row.key : placeOf(row.key));
    return path === undefined ? row : { ...row, shown: path };
  });
}
