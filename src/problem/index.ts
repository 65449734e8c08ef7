/** The registry of test problems. A new one is its own file, and here its import and its name. */
import { RelizoError } from "../error.ts";
import { arwhead } from "./cutest/arwhead.ts";
import { bdqrtic } from "./cutest/bdqrtic.ts";
import { beale } from "./cutest/beale.ts";
import { boxpower } from "./cutest/boxpower.ts";
import { brownal } from "./cutest/brownal.ts";
import { broydn3dls, broydn7d, broydnbdls, brybnd } from "./cutest/broydn.ts";
import { extrosnb, fletchcr, genrose } from "./cutest/chained-rosenbrock.ts";
import { chnrosnb, errinros } from "./cutest/chnrosnb.ts";
import { coating } from "./cutest/coating.ts";
import { cosine } from "./cutest/cosine.ts";
import { cragglvy } from "./cutest/cragglvy.ts";
import { curly10, curly20 } from "./cutest/curly.ts";
import { dixmaana1, dixmaanb, dixmaanc, dixmaane1, dixmaani1 } from "./cutest/dixmaan.ts";
import { dixon3dq } from "./cutest/dixon3dq.ts";
import { dqdrtic } from "./cutest/dqdrtic.ts";
import { edensch } from "./cutest/edensch.ts";
import { eg2 } from "./cutest/eg2.ts";
import { engval1 } from "./cutest/engval1.ts";
import { fminsurf } from "./cutest/fminsurf.ts";
import { freuroth } from "./cutest/freuroth.ts";
import { genhumps } from "./cutest/genhumps.ts";
import { indefm } from "./cutest/indefm.ts";
import { liarwhd } from "./cutest/liarwhd.ts";
import { mancino } from "./cutest/mancino.ts";
import { morebv } from "./cutest/morebv.ts";
import { ncb20, ncb20b } from "./cutest/ncb20.ts";
import { noncvxu2 } from "./cutest/noncvxu2.ts";
import { nondquar } from "./cutest/nondquar.ts";
import { oscipath } from "./cutest/oscipath.ts";
import { penalty1, penalty2 } from "./cutest/penalty.ts";
import { powellsg } from "./cutest/powellsg.ts";
import { power } from "./cutest/power.ts";
import { dqrtic, quartc } from "./cutest/quartc.ts";
import { nondia, rosenbr, srosenbr } from "./cutest/rosenbrock.ts";
import { schmvett } from "./cutest/schmvett.ts";
import { sinquad, sinquad2 } from "./cutest/sinquad.ts";
import { sparsine, sparsqur } from "./cutest/sparse.ts";
import { tointgss } from "./cutest/tointgss.ts";
import { tquartic } from "./cutest/tquartic.ts";
import { tridia } from "./cutest/tridia.ts";
import { argtrigls, trigon1 } from "./cutest/trigonometric.ts";
import { vardim } from "./cutest/vardim.ts";
import { vareigvl } from "./cutest/vareigvl.ts";
import { watson } from "./cutest/watson.ts";
import { woods } from "./cutest/woods.ts";
import { moreWild } from "./mgh/more-wild.ts";
import type { Problem } from "./problem.ts";

export { type MoreWildProblem, moreWild } from "./mgh/more-wild.ts";
export type { Problem } from "./problem.ts";
export {
  late,
  noisy,
  type Objective,
  reflected,
  type Spoil,
  signFlipped,
  withHuge,
  withNaN,
  withThrows,
} from "./tough.ts";

/** The seven of the ReLIZO paper; the first of each one's `dimensions` is the paper's. */
export const paperProblems: readonly Problem[] = [
  argtrigls,
  chnrosnb,
  coating,
  mancino,
  boxpower,
  srosenbr,
  broydnbdls,
];

/** Every problem of the CUTEst collection here, the paper's among them. */
export const cutestProblems: readonly Problem[] = [
  ...[
    argtrigls,
    arwhead,
    bdqrtic,
    beale,
    boxpower,
    brownal,
    broydn3dls,
    broydn7d,
    broydnbdls,
    brybnd,
    chnrosnb,
  ],
  ...[
    coating,
    cosine,
    cragglvy,
    curly10,
    curly20,
    dixmaana1,
    dixmaanb,
    dixmaanc,
    dixmaane1,
    dixmaani1,
    dixon3dq,
  ],
  ...[
    dqdrtic,
    dqrtic,
    edensch,
    eg2,
    engval1,
    errinros,
    extrosnb,
    fletchcr,
    fminsurf,
    freuroth,
    genhumps,
    genrose,
  ],
  ...[
    indefm,
    liarwhd,
    mancino,
    morebv,
    ncb20,
    ncb20b,
    noncvxu2,
    nondia,
    nondquar,
    oscipath,
    penalty1,
    penalty2,
  ],
  ...[powellsg, power, quartc, rosenbr, schmvett, sinquad, sinquad2, sparsine, sparsqur, srosenbr, tointgss],
  ...[tquartic, tridia, trigon1, vardim, vareigvl, watson, woods],
];

/** All of them. */
export const problems: readonly Problem[] = [...cutestProblems, ...moreWild];

/**
 * The problem of this name, in capitals or not.
 *
 * @throws RelizoError OPTION when there is none; the message names those most alike
 */
export function problemNamed(name: string): Problem {
  const sought = String(name).toUpperCase();
  const found = problems.find((problem) => problem.name === sought);
  if (found) return found;
  const came = JSON.stringify(String(name).slice(0, 60));
  throw new RelizoError(
    "OPTION",
    `problemNamed: no test problem is called ${came}; near it are ${near(sought).join(", ")}; the list is \`problems\`.`,
  );
}

/** The names most like `sought`, best first. */
function near(sought: string): string[] {
  const far = new Map(problems.map(({ name }) => [name, edits(sought.slice(0, 40), name)]));
  return [...far.keys()].sort((a, b) => far.get(a)! - far.get(b)!).slice(0, 3);
}

/** How many letters to insert, delete or change to get from a to b, a missing end of a costing half: "SROS" is near "SROSENBR". */
function edits(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + (i === a.length ? 0.5 : 1)));
    }
    above = row;
  }
  return above[b.length]!;
}
