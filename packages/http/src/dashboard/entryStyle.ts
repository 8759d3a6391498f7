/**
 * How the pages look that a browser sees without a session: by day and by night, in the colors of
 * the dashboard, whose style sheet is for those who are signed in.
 */
import { createHash } from "node:crypto"

const style =
  ":root{color-scheme:light dark}" +
  "body{margin:0;background:#f4f6f8;color:#1b1f24;font:16px/1.5 system-ui,sans-serif}" +
  "main{max-width:40rem;margin:10vh auto;padding:0 1rem}" +
  "h1{font-size:1.25rem}" +
  "pre{margin:0;padding:.75rem 1rem;white-space:pre-wrap;border:1px solid #d5dae0;" +
  "border-radius:8px;background:#fff}" +
  "@media(prefers-color-scheme:dark){" +
  "body{background:#0f1318;color:#e6e9ee}" +
  "pre{background:#181d25;border-color:#2f3742}}"

/** The element for the head of such a page. */
export const entryStyle = `<style>${style}</style>`

/** What the policy of such a page allows in `style-src`: this style and no other one. */
export const entryStyleSource = `'sha256-${createHash("sha256").update(style).digest("base64")}'`
