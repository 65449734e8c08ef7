/** Version of this package, as a journal names it; a test holds it to package.json. */
export const RELIZO_VERSION = "0.1.0";
