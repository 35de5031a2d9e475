// The page of `matchflow report` in a real browser: `node report.mjs FOLDER TOOLS CHROMIUM [SCREENS]`.
// FOLDER has report.html and sans-lignes.html, the report without rows in French; TOOLS has node_modules; screenshots go to SCREENS.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, tools, executablePath, screens] = process.argv.slice(2);
const require = createRequire(join(tools, "node_modules", "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const address = (name) => pathToFileURL(join(folder, name)).href;
const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args });
const problems = [];

async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1160, height: 860 }, colorScheme: "light", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("request", (request) => request.url() !== address(name) && !request.url().startsWith("data:") && problems.push(`it asks for ${request.url()}`));
  await page.goto(address(name));
  await page.waitForSelector("body[data-ready]");
  return page;
}

async function checkAxe(page, what) {
  // The policy of the page allows no other script: the test's is evaluated by the browser itself.
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  assert.deepEqual(found.violations.map((one) => `${what}: ${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(" / ")}`), []);
}

async function shoot(page, name, id) {
  if (!screens) return;
  mkdirSync(screens, { recursive: true });
  await page.evaluate((id) => (id ? document.getElementById(id).scrollIntoView() : scrollTo(0, 0)), id);
  await page.screenshot({ path: join(screens, `${name}.png`) });
}

const page = await open("report.html");
const text = (selector) => page.locator(selector).innerText();
assert.match(await text(".tiles"), /2,094[\s\S]*15[\s\S]*391/);
for (const id of ["outcomes", "changes", "scores", "threshold", "weights", "explained", "lacks", "stages", "quality", "runs", "figures"]) {
  assert.equal(await page.locator(`section#${id}`).count(), 1, id);
}
assert.ok((await page.locator("svg[role=img]").count()) >= 5, "charts are drawn");

// The threshold tool: by pointing and by key.
const reading = () => text("#threshold-reading");
assert.match(await reading(), /accepted: 2,094/);
const chart = page.locator("#threshold svg");
await chart.scrollIntoViewIfNeeded();
const box = await chart.boundingBox();
await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.5);
await page.waitForFunction(() => !/accepted: 2,094/.test(document.getElementById("threshold-reading").innerText));
const pointed = await reading();
assert.match(pointed, /accepted, right: [\d,]+/);
assert.match(pointed, /accepted, wrong: [\d,]+/);
await page.locator("#threshold-slider").focus();
await page.keyboard.press("End");
assert.match(await reading(), /Threshold 1\b/);
await page.keyboard.press("Home");
assert.match(await reading(), /Threshold 0\b/);

// Another row is explained.
const rows = page.locator("#explained-row option");
const other = await rows.nth(7).getAttribute("value");
await page.locator("#explained-row").selectOption(other);
assert.ok((await text("#explained h3")).startsWith(`${other}: `));
await checkAxe(page, "light");
await shoot(page, "report");
await shoot(page, "report-threshold", "threshold");

const dark = await open("report.html", { colorScheme: "dark" });
await checkAxe(dark, "dark");
await shoot(dark, "report-dark", "explained");
const narrow = await open("report.html", { viewport: { width: 420, height: 860 } });
assert.ok(await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than a narrow window");
await checkAxe(narrow, "narrow");
const paper = await open("report.html", { colorScheme: "dark" });
await paper.emulateMedia({ media: "print" });
assert.equal(await paper.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)", "print is on white");

const french = await open("sans-lignes.html");
assert.equal(await french.evaluate(() => document.documentElement.lang), "fr");
assert.equal(await french.locator("#explained").count(), 0, "no row is explained");
assert.match(await french.locator("h1").innerText(), /^Rapport/);
await checkAxe(french, "French");

assert.deepEqual(problems, []);
await browser.close();
