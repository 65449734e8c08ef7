/** Stands in for the module and the table in the script of a thread, which is given both: they are not carried twice. */
export let BINARY = "";
let table: Float32Array = new Float32Array();

export function give(binary: string, numbers: Float32Array): void {
  BINARY = binary;
  table = numbers;
}

export const normalTable = (): Float32Array => table;
