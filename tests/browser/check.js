// Runs inside a report that a browser has opened: whether all that it must show is there, and
// whether its buttons do what they say. The document ends up with a `#verdict`.
"use strict";
const faults = [];
const is = (what, actual, expected) => {
  if (actual !== expected) faults.push(`${what}: ${actual} instead of ${expected}`);
};
const all = (selector) => [...document.querySelectorAll(selector)];
const seen = (selector) => all(selector).filter((item) => item.getClientRects().length > 0);

is("rows", seen("tr.conversation").length, EXPECTED.conversations);
is("findings", seen("section.finding").length, EXPECTED.findings);
is("cells in sections", seen("section.finding .strip li").length, EXPECTED.cells);
is("cells of findings in rows", seen("tr[data-verdict=broken] .strip li").length, EXPECTED.cells);
is("cells that broke in what held", seen("tr[data-verdict=held] .strip li.broken").length, 0);
is("rows that held without cells", seen("tr[data-verdict=held]").filter((row) => !row.querySelector("li")).length, 0);
is("ladders", all("section.finding").filter((one) => one.querySelector("svg")).length, EXPECTED.findings);
is("cells without a byte", all(".strip li").filter((cell) => !/^offset \d+, before "/.test(cell.title)).length, 0);
is("links that lead nowhere", all("a").filter((link) => !document.querySelector(link.getAttribute("href"))).length, 0);
is("wider than the window", document.documentElement.scrollWidth > innerWidth, false);

const filter = (name) => document.querySelector(`[data-filter="${name}"]`).click();
filter("held");
is("rows that held", seen("tr.conversation").length, EXPECTED.held);
is("findings beside what held", seen("section.finding").length, 0);
filter("all");
is("rows after the filter", seen("tr.conversation").length, EXPECTED.conversations);

const copied = [];
Object.defineProperty(navigator, "clipboard", {
  value: { writeText: async (text) => void copied.push(text) },
});
const buttons = seen(".copy");
is("copy buttons", buttons.length, EXPECTED.findings);
for (const button of buttons) button.click();
setTimeout(() => {
  is("copied", copied.join("|"), all(".command code").map((code) => code.textContent).join("|"));
  is("button", buttons.every((button) => button.textContent === "Copied"), true);
  const verdict = document.createElement("p");
  verdict.id = "verdict";
  verdict.textContent = faults.length ? faults.join("; ") : "right";
  document.body.append(verdict);
}, 200);
