// How changesets writes a note into a list of changes: as it is, without hashes of commits.
const indented = (text) => text.trim().split("\n").join("\n  ")

module.exports = {
  getReleaseLine: async ({ summary }) => `- ${indented(summary)}`,
  // All packages have one version: that another of them has a new one says nothing.
  getDependencyReleaseLine: async () => ""
}
