/** The backends of seeded directions that this engine has. `RELIZO_BACKENDS="js wasm"` names those that must be there. */
import { jsSeeds, loadWasm, type SeedKernels } from "../../src/kernel/index.ts";

const LOADERS: Readonly<Record<string, () => SeedKernels | Promise<SeedKernels>>> = {
  js: () => jsSeeds,
  wasm: loadWasm,
};

export interface Backend {
  readonly name: string;
  /** Undefined where it does not load and nobody asked for it by name. */
  readonly kernels: SeedKernels | undefined;
  /** Why it is missing, for the test that is skipped. */
  readonly skip: string | false;
}

/** @throws whatever a backend throws that does not load though `RELIZO_BACKENDS` names it, and for a name that none has */
export async function backends(): Promise<Backend[]> {
  const wanted = (process.env.RELIZO_BACKENDS ?? "").split(/[\s,]+/).filter((name) => name !== "");
  const unknown = wanted.filter((name) => !(name in LOADERS));
  if (unknown.length > 0)
    throw new Error(`RELIZO_BACKENDS names "${unknown}"; there are ${Object.keys(LOADERS).join(", ")}.`);
  return Promise.all(
    Object.entries(LOADERS).map(async ([name, load]) => {
      try {
        return { name, kernels: await load(), skip: false as const };
      } catch (error) {
        if (wanted.includes(name)) throw error;
        return { name, kernels: undefined, skip: String(error) };
      }
    }),
  );
}
