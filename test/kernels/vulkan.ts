/** A GPU for Node where there is none: the software driver that comes with Chromium, for Vulkan's loader. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { chromium, install } from "../chromium.ts";

const DRIVER = "vk_swiftshader_icd.json";
const LOADERS = ["/lib", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];

/** Names the driver to whatever asks Vulkan for a GPU in this process; one that is named already is left alone. */
export function provideVulkan(): void {
  if (process.platform !== "linux" || process.env.VK_DRIVER_FILES) return;
  const found = chromium();
  const folders = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];
  if ("path" in found) folders.unshift(dirname(found.path));
  const driver = folders.map((folder) => join(folder, DRIVER)).find((file) => existsSync(file));
  if (driver === undefined) return;
  if (!LOADERS.some((folder) => existsSync(join(folder, "libvulkan.so.1")))) install("libvulkan1");
  process.env.VK_DRIVER_FILES = driver;
}
