/** The backends of seeded directions that this engine has. `RELIZO_BACKENDS="js wasm"` names those that must be there. */
import { type DeviceSeeds, jsSeeds, loadWasm, loadWebgpu, type SeedKernels } from "../../src/kernel/index.ts";
import type { Asked } from "./cases.ts";
import { asked } from "./device.ts";
import { provideVulkan } from "./vulkan.ts";

interface Loaded {
  /** What cases ask; undefined where it does not load and nobody asked for it by name. */
  readonly asked: Asked | undefined;
  /** The same where it works on arrays of the host's, and gives the reference's bits. */
  readonly host?: SeedKernels | undefined;
  /** The same where vectors lie in the memory of a device. */
  readonly device?: DeviceSeeds;
}

const host = (kernels: SeedKernels): Loaded => ({ asked: kernels, host: kernels });

const LOADERS: Readonly<Record<string, { readonly isHost: boolean; load(): Promise<Loaded> }>> = {
  js: { isHost: true, load: async () => host(jsSeeds) },
  wasm: { isHost: true, load: async () => host(await loadWasm()) },
  webgpu: {
    isHost: false,
    async load() {
      provideVulkan();
      const device = await loadWebgpu();
      return { asked: asked(device), device };
    },
  },
};

export interface Backend extends Loaded {
  readonly name: string;
  readonly isHost: boolean;
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
    Object.entries(LOADERS).map(async ([name, { isHost, load }]): Promise<Backend> => {
      try {
        return { name, isHost, ...(await load()), skip: false };
      } catch (error) {
        if (wanted.includes(name)) throw error;
        return { name, isHost, asked: undefined, skip: String(error) };
      }
    }),
  );
}
