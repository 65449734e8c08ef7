/** The plain-JavaScript backend: runs everywhere, and the others are held to it. */
import type { Kernels } from "../kernels.ts";
import { dot, gram } from "./gram.ts";
import { combine, perturb } from "./perturb.ts";

export const jsKernels: Kernels = { backend: "js", perturb, combine, dot, gram };
