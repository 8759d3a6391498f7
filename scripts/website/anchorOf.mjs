/** A heading's text as the anchor of a link to it, as GitHub makes it. */
export const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[`*]/g, "")
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replace(/ /g, "-")
