/** Numbers a block: long vectors are walked in blocks, so that what many rows share is read from cache. */
export const BLOCK = 1024;
