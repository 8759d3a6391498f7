import * as fc from "fast-check"

// A fault in every place is tried: a quarter of the usual runs finds nearly all of them, and what
// they miss counts as a survivor.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 25 })
