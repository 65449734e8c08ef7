/** Written by `relizo bench paper --write-tuned apps/paper/tuned.ts`: the best settings that a full run found. */
import type { Tuned } from "./tune.ts";

export const tuned: readonly Tuned[] = [
  {
    cell: "ARGTRIGLS/200/2",
    method: "relizo",
    settings: { lr: 0.0001, lineSearch: "armijo", reuse: "none" },
  },
  {
    cell: "ARGTRIGLS/200/2",
    method: "zo-adamm",
    settings: { lr: 0.0005, directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  },
  {
    cell: "ARGTRIGLS/200/2",
    method: "zo-sgd",
    settings: { lr: 0.0001, dimensionFactor: false },
  },
  {
    cell: "ARGTRIGLS/200/2",
    method: "zo-sign-sgd",
    settings: { lr: 0.002, directions: "coordinate" },
  },
  {
    cell: "ARGTRIGLS/200/8",
    method: "relizo",
    settings: {
      lr: 0.002,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
    },
  },
  {
    cell: "ARGTRIGLS/200/8",
    method: "zo-adamm",
    settings: { lr: 0.0002, directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  },
  {
    cell: "ARGTRIGLS/200/8",
    method: "zo-sgd",
    settings: { lr: 0.0002, dimensionFactor: false },
  },
  {
    cell: "ARGTRIGLS/200/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.001, directions: "coordinate", schedule: { kind: "cosine", steps: 500, floor: 0.05 } },
  },
  {
    cell: "BOXPOWER/1000/2",
    method: "relizo",
    settings: {
      lr: 0.02,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
    },
  },
  {
    cell: "BOXPOWER/1000/2",
    method: "zo-adamm",
    settings: { lr: 0.02, beta2: 0.9 },
  },
  {
    cell: "BOXPOWER/1000/2",
    method: "zo-sgd",
    settings: { lr: 0.0002, dimensionFactor: false, momentum: 0.9 },
  },
  {
    cell: "BOXPOWER/1000/2",
    method: "zo-sign-sgd",
    settings: { lr: 0.005 },
  },
  {
    cell: "BOXPOWER/1000/8",
    method: "relizo",
    settings: {
      lr: 0.02,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
    },
  },
  {
    cell: "BOXPOWER/1000/8",
    method: "zo-adamm",
    settings: { lr: 0.02, beta2: 0.9 },
  },
  {
    cell: "BOXPOWER/1000/8",
    method: "zo-sgd",
    settings: { lr: 0.0002, dimensionFactor: false, momentum: 0.9 },
  },
  {
    cell: "BOXPOWER/1000/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.005 },
  },
  {
    cell: "BOXPOWER/10000/8",
    method: "relizo",
    settings: { lr: 0.0005, lineSearch: "none", reuse: "none" },
  },
  {
    cell: "BOXPOWER/10000/8",
    method: "zo-adamm",
    settings: { lr: 0.02, beta2: 0.9 },
  },
  {
    cell: "BOXPOWER/10000/8",
    method: "zo-sgd",
    settings: { lr: 0.0002, dimensionFactor: false, momentum: 0.9 },
  },
  {
    cell: "BOXPOWER/10000/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.005 },
  },
  {
    cell: "BOXPOWER/20000/8",
    method: "relizo",
    settings: {
      lr: 0.05,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
    },
  },
  {
    cell: "BOXPOWER/20000/8",
    method: "zo-adamm",
    settings: { lr: 0.02 },
  },
  {
    cell: "BOXPOWER/20000/8",
    method: "zo-sgd",
    settings: { lr: 0.0002, dimensionFactor: false, momentum: 0.9 },
  },
  {
    cell: "BOXPOWER/20000/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.005, directions: "gaussian" },
  },
  {
    cell: "BROYDNBDLS/50/2",
    method: "relizo",
    settings: {
      lr: 0.05,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
      momentum: 0.5,
    },
  },
  {
    cell: "BROYDNBDLS/50/2",
    method: "zo-adamm",
    settings: { lr: 0.1, directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  },
  {
    cell: "BROYDNBDLS/50/2",
    method: "zo-sgd",
    settings: { lr: 0.001, dimensionFactor: false, momentum: 0.9 },
  },
  {
    cell: "BROYDNBDLS/50/2",
    method: "zo-sign-sgd",
    settings: { lr: 0.2, directions: "coordinate", schedule: { kind: "cosine", steps: 500, floor: 0.05 } },
  },
  {
    cell: "BROYDNBDLS/50/8",
    method: "relizo",
    settings: { lr: 0.001, lineSearch: "none", reuse: "secant" },
  },
  {
    cell: "BROYDNBDLS/50/8",
    method: "zo-adamm",
    settings: { lr: 0.1, directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  },
  {
    cell: "BROYDNBDLS/50/8",
    method: "zo-sgd",
    settings: { lr: 0.02, dimensionFactor: false },
  },
  {
    cell: "BROYDNBDLS/50/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.05, directions: "coordinate", schedule: { kind: "cosine", steps: 500, floor: 0.05 } },
  },
  {
    cell: "CHNROSNB/50/2",
    method: "relizo",
    settings: {
      lr: 0.5,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
    },
  },
  {
    cell: "CHNROSNB/50/2",
    method: "zo-adamm",
    settings: { lr: 0.1, directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  },
  {
    cell: "CHNROSNB/50/2",
    method: "zo-sgd",
    settings: { lr: 0.0001 },
  },
  {
    cell: "CHNROSNB/50/2",
    method: "zo-sign-sgd",
    settings: { lr: 0.2, directions: "coordinate", schedule: { kind: "cosine", steps: 500, floor: 0.05 } },
  },
  {
    cell: "CHNROSNB/50/8",
    method: "relizo",
    settings: {
      lr: 0.2,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
      momentum: 0.5,
    },
  },
  {
    cell: "CHNROSNB/50/8",
    method: "zo-adamm",
    settings: { lr: 0.1, directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  },
  {
    cell: "CHNROSNB/50/8",
    method: "zo-sgd",
    settings: { lr: 0.02, dimensionFactor: false },
  },
  {
    cell: "CHNROSNB/50/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.5, directions: "coordinate", schedule: { kind: "cosine", steps: 500, floor: 0.05 } },
  },
  {
    cell: "COATING/134/2",
    method: "relizo",
    settings: { lr: 0.0001, lineSearch: "armijo", reuse: "none" },
  },
  {
    cell: "COATING/134/2",
    method: "zo-adamm",
    settings: { lr: 0.05, directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  },
  {
    cell: "COATING/134/2",
    method: "zo-sgd",
    settings: { lr: 0.0001, dimensionFactor: false, momentum: 0.9 },
  },
  {
    cell: "COATING/134/2",
    method: "zo-sign-sgd",
    settings: { lr: 0.2, directions: "coordinate" },
  },
  {
    cell: "COATING/134/8",
    method: "relizo",
    settings: {
      lr: 0.05,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
      momentum: 0.5,
    },
  },
  {
    cell: "COATING/134/8",
    method: "zo-adamm",
    settings: { lr: 0.1, directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  },
  {
    cell: "COATING/134/8",
    method: "zo-sgd",
    settings: { lr: 0.002, dimensionFactor: false, directions: "coordinate" },
  },
  {
    cell: "COATING/134/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.2, directions: "coordinate", schedule: { kind: "cosine", steps: 500, floor: 0.05 } },
  },
  {
    cell: "SROSENBR/1000/8",
    method: "relizo",
    settings: { lr: 0.0002, lineSearch: "armijo", reuse: "none" },
  },
  {
    cell: "SROSENBR/1000/8",
    method: "zo-adamm",
    settings: { lr: 0.02, beta2: 0.9 },
  },
  {
    cell: "SROSENBR/1000/8",
    method: "zo-sgd",
    settings: { lr: 0.01, dimensionFactor: false },
  },
  {
    cell: "SROSENBR/1000/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.01, directions: "orthogonal", schedule: { kind: "cosine", steps: 500, floor: 0.05 } },
  },
  {
    cell: "SROSENBR/10000/8",
    method: "relizo",
    settings: { lr: 0.0002, lineSearch: "none", reuse: "secant" },
  },
  {
    cell: "SROSENBR/10000/8",
    method: "zo-adamm",
    settings: { lr: 0.01, beta2: 0.9 },
  },
  {
    cell: "SROSENBR/10000/8",
    method: "zo-sgd",
    settings: { lr: 0.01, dimensionFactor: false },
  },
  {
    cell: "SROSENBR/10000/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.2, directions: "coordinate" },
  },
  {
    cell: "SROSENBR/500/2",
    method: "relizo",
    settings: { lr: 0.01, lineSearch: "armijo", reuse: "none" },
  },
  {
    cell: "SROSENBR/500/2",
    method: "zo-adamm",
    settings: { lr: 0.02, beta2: 0.9 },
  },
  {
    cell: "SROSENBR/500/2",
    method: "zo-sgd",
    settings: { lr: 0.002, dimensionFactor: false },
  },
  {
    cell: "SROSENBR/500/2",
    method: "zo-sign-sgd",
    settings: { lr: 0.1, directions: "coordinate" },
  },
  {
    cell: "SROSENBR/500/8",
    method: "relizo",
    settings: {
      lr: 0.02,
      lineSearch: "none",
      reuse: "secant",
      normalized: true,
      schedule: { kind: "cosine", steps: 500, floor: 0.05 },
    },
  },
  {
    cell: "SROSENBR/500/8",
    method: "zo-adamm",
    settings: { lr: 0.02, beta2: 0.9 },
  },
  {
    cell: "SROSENBR/500/8",
    method: "zo-sgd",
    settings: { lr: 0.01, dimensionFactor: false, directions: "coordinate" },
  },
  {
    cell: "SROSENBR/500/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.01, directions: "orthogonal", schedule: { kind: "cosine", steps: 500, floor: 0.05 } },
  },
  {
    cell: "SROSENBR/5000/8",
    method: "relizo",
    settings: { lr: 0.0002, lineSearch: "none", reuse: "secant" },
  },
  {
    cell: "SROSENBR/5000/8",
    method: "zo-adamm",
    settings: { lr: 0.02 },
  },
  {
    cell: "SROSENBR/5000/8",
    method: "zo-sgd",
    settings: { lr: 0.01, dimensionFactor: false },
  },
  {
    cell: "SROSENBR/5000/8",
    method: "zo-sign-sgd",
    settings: { lr: 0.2, directions: "coordinate" },
  },
];
