/**
 * Ends a round: how far both sides are at one, in one transaction.
 *
 * The cursor moves where everything up to it is here, the mark in the change log where everything up to it is there. What
 * waits for a conflict, and what a pull alone left to push over, is neither: rows that the base did not follow are kept, of
 * both sides, in the transaction in which cursor and mark pass them.
 */
import type { QuarantineRow } from '../../store/index.js';
import type { Change, NodeId, Plan, TouchedSet } from '../core/index.js';
import { slotKey } from '../core/slot.js';
import { keyOf, settledKeys } from './base-steps.js';
import type { Done, Work } from './carry-out.js';
import type { RoundContext } from './context.js';
import { keysOf } from './decide.js';
import { LOOK_AGAIN } from './scope.js';
import { unsettledHere } from './unsettled-here.js';
import { changeOfUnsettled } from './unsettled-there.js';

/** The cursor from now on. */
export async function remember(
  { host, reader }: RoundContext,
  work: Work,
  of: Done & {
    /** The cursor before. */
    readonly cursor: number;
    /** What was not believed before. */
    readonly remembered: readonly QuarantineRow[];
    /** Where the log stands in the snapshot. */
    readonly upToSeq: number;
  },
): Promise<number> {
  const { decision, scope } = work;
  const { side, plan } = decision;
  const { result, quarantine } = of;
  const isHere = allHere(work, of);
  const isThere = allThere(work, of);
  const reached = isHere ? result.revision : of.cursor;
  const cursor = Math.max(of.cursor, reached);
  const settled = settledKeys(of.parts, { isApplied: work.pull, isPushed: work.push });
  const left = isHere ? side.unsettled(isFollowed(work, of, settled)) : undefined;
  const there = left && changeOfUnsettled(work.sides.unsettled, left);
  const carriedOut = new Set([...(work.pull ? plan.apply : []), ...(work.push ? plan.push : [])].map(keyOf));
  const here = isThere ? unsettledHere(decision, work.sides, { settled, carriedOut }) : undefined;
  const isKept = JSON.stringify(here) === JSON.stringify(reader.unsettled.changes(work.remoteId));
  const pending = plan.conflicts.filter((conflict) => conflict.winner === undefined);
  await host.finish({
    remote: work.remoteId,
    cursor,
    ...(work.state.notedFrom === undefined ? { notedFrom: side.head } : {}),
    // Entries that an adopted directory had under its former identity are told from those that are there by another look.
    isAhead: reached < Math.max(side.head, result.lastCommit) || (plan.adopt.size > 0 && pending.length > 0),
    ...(there === undefined ? {} : { unsettledThere: there }),
    ...(here === undefined || isKept ? {} : { unsettledHere: here }),
    // 0 stands for "never pushed everything": a first sync looks at all there is.
    ...(isThere ? { pushedSeq: Math.max(1, of.upToSeq) } : {}),
    incarnation: side.incarnation,
    ...(decision.lookAgain
      ? { scope: LOOK_AGAIN }
      : isHere && isThere && scope.isNew && !waitsExcluded(work)
        ? { scope: scope.key }
        : {}),
    ...(JSON.stringify(quarantine) === JSON.stringify(of.remembered) ? {} : { quarantine }),
    conflicts: pending.map((conflict) => ({ id: conflict.id, json: JSON.stringify(conflict) })),
  });
  return cursor;
}

/** What was carried out has shown or hidden other things, which are to be looked at in the same run. */
export function mustGoOn({ decision, pull, push }: Work): boolean {
  const { lookAgain, plan, steps } = decision;
  const isApplied = pull || plan.apply.length + steps.afterApply.length === 0;
  return lookAgain && isApplied && (push || plan.push.length + steps.afterPush.length === 0);
}

function allHere({ decision, pull }: Work, { settled }: Done): boolean {
  return settled && (pull || decision.plan.apply.length + decision.steps.afterApply.length === 0);
}

function allThere({ decision, pull, push }: Work, { settled, withheld }: Done): boolean {
  const { plan, steps, touchedHere } = decision;
  // A push alone leaves what lost here to the pull that will take it away, with its conflict.
  const decidedHere =
    pull || (!losesHere(plan, touchedHere) && plan.conflicts.every(({ winner }) => winner !== 'remote'));
  const pushesAll = push || plan.push.length + steps.afterPush.length === 0;
  return settled && decidedHere && pushesAll && withheld.size === 0;
}

/** What of the feed the base has, or what is kept elsewhere. */
function isFollowed({ decision }: Work, { withheld }: Done, settled: ReadonlySet<string>) {
  const kept = keysOf(decision.steps.afterApply);
  return (change: Change): boolean => {
    const key = keyOf(change);
    return (settled.has(key) && !withheld.has(key)) || kept.has(key) || decision.isRemembered(change);
  };
}

/**
 * The filters are gone, and something waits of which the remote's side stands only among what they excluded, which goes with
 * them: it goes on being compared.
 */
function waitsExcluded({ decision: { plan, side }, scope, sides: { known } }: Work): boolean {
  if (scope.key !== '') return false;
  return [...plan.held].some(
    (id) =>
      known.excludedNode(id) !== undefined ||
      side.tree.entriesOf(id).some(({ parent, name }) => known.excludedEntry(parent, name) !== undefined),
  );
}

/** Something that was changed here is to be changed again by a pull: what was changed must stay in mind until then. */
function losesHere({ apply, adopt }: Plan, touched: TouchedSet): boolean {
  const idOf = (id: NodeId) => adopt.get(id) ?? id;
  const keys = new Set([...touched.nodes].map(idOf));
  for (const { parent, name } of touched.entries) keys.add(slotKey({ parent: idOf(parent), name }));
  return apply.some((change) => keys.has(keyOf(change)));
}
