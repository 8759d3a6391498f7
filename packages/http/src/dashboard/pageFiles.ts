/**
 * The dashboard's files: what a browser loads, as it is. No service builds them and nothing comes
 * from elsewhere.
 */

/** The names, and what a browser takes them for. */
export const pageTypes = {
  "index.html": "text/html; charset=utf-8",
  "actions.js": "text/javascript; charset=utf-8",
  "cachePart.js": "text/javascript; charset=utf-8",
  "cacheView.js": "text/javascript; charset=utf-8",
  "budgetWords.js": "text/javascript; charset=utf-8",
  "budgetsPart.js": "text/javascript; charset=utf-8",
  "dashboard.css": "text/css; charset=utf-8",
  "dashboard.js": "text/javascript; charset=utf-8",
  "details.js": "text/javascript; charset=utf-8",
  "dom.js": "text/javascript; charset=utf-8",
  "enter.js": "text/javascript; charset=utf-8",
  "files.js": "text/javascript; charset=utf-8",
  "gateway.js": "text/javascript; charset=utf-8",
  "gatewayPart.js": "text/javascript; charset=utf-8",
  "gatewayWords.js": "text/javascript; charset=utf-8",
  "healthWords.js": "text/javascript; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "printable.js": "text/javascript; charset=utf-8",
  "profileViews.js": "text/javascript; charset=utf-8",
  "profiles.js": "text/javascript; charset=utf-8",
  "profilesPart.js": "text/javascript; charset=utf-8",
  "requestList.js": "text/javascript; charset=utf-8",
  "requests.js": "text/javascript; charset=utf-8",
  "requestsPart.js": "text/javascript; charset=utf-8",
  "selection.js": "text/javascript; charset=utf-8",
  "slots.js": "text/javascript; charset=utf-8",
  "summary.js": "text/javascript; charset=utf-8",
  "usage.js": "text/javascript; charset=utf-8",
  "usagePart.js": "text/javascript; charset=utf-8",
  "usageReport.js": "text/javascript; charset=utf-8",
  "words.js": "text/javascript; charset=utf-8"
} as const

/** The name of a file of the page. */
export type PageName = keyof typeof pageTypes

/** Whether the page has a file of that name. */
export const isPageName = (name: string): name is PageName => Object.hasOwn(pageTypes, name)
