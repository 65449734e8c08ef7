/**
 * Fine-tunes a model in a page, and downloads the adapter. Bundle it beside index.html, with onnxruntime-web's files in a folder ort/:
 *
 *   npx esbuild page.ts --bundle --format=esm --outfile=page.js
 *   mkdir ort && cp node_modules/onnxruntime-web/dist/*.asyncify.* ort/
 */
import * as ort from "onnxruntime-web/webgpu";
import {
  createTokenizer,
  encodeAdapter,
  figuresLine,
  finetune,
  llama2cJson,
  promptTask,
  readExamples,
  readTable,
  split,
  type Tokenizer,
} from "relizo/finetune";
import { parseModel } from "relizo/onnx";
import { openWebSession } from "relizo/onnx/web";

const form = document.querySelector("form")!;
const output = document.querySelector("output")!;
const say = (line: string): void => output.append(`${line}\n`);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  output.textContent = "";
  start(new FormData(form)).catch((error: Error) => say(error.message));
});

async function start(given: FormData): Promise<void> {
  const text = (name: string): string => String(given.get(name));
  const file = (name: string): File => given.get(name) as File;
  const provider = text("provider") === "webgpu" ? "webgpu" : "wasm";
  const model = parseModel(new Uint8Array(await file("model").arrayBuffer()), file("model").name);
  const tokenizer = await tokenizerOf(file("tokenizer"));
  const table = readTable(await file("table").text(), "tsv", file("table").name);
  const dataset = readExamples(table, { label: "label" });
  const held = Math.ceil(dataset.examples.length / 5);
  const sizes = [dataset.examples.length - held, held];
  const [train, validation] = split(dataset, sizes, { seed: 1, stratified: true });
  const { adapted, parameters, best } = await finetune(
    model,
    { train: train!.examples, validation: validation!.examples },
    {
      tune: "lora",
      optimizer: "relizo",
      open: (one) => openWebSession(ort, one, { provider, wasmPaths: new URL("ort/", location.href).href }),
      task: (inputs) =>
        promptTask(tokenizer, inputs, {
          template: text("template"),
          classes: dataset.classes,
          words: text("words").split(","),
        }),
      maxSteps: Number(text("steps")),
      seed: 1,
      onEvaluation: ({ step, figures }) => say(`step ${step}: ${figuresLine({ figures })}`),
    },
  );
  if (best) say(`the best is that of step ${best.step}`);
  const { config, weights } = encodeAdapter({ model: adapted, parameters });
  download("adapter_config.json", config);
  download("adapter_model.safetensors", weights);
}

async function tokenizerOf(file: File): Promise<Tokenizer> {
  if (file.name.endsWith(".bin"))
    return createTokenizer(llama2cJson(new Uint8Array(await file.arrayBuffer())));
  return createTokenizer(JSON.parse(await file.text()));
}

function download(name: string, content: BlobPart): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content]));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
