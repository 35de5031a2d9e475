// The page of `matchflow review` in a real browser: `node review.mjs BINARY FOLDER TOOLS CHROMIUM [SCREENS]`.
// FOLDER has suppliers.yaml and its results; TOOLS has node_modules; screenshots go to SCREENS. With MATCHFLOW_PAGE the page's
// files are those of that folder: changes of the page are tested without building the command.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [binary, folder, tools, executablePath, screens] = process.argv.slice(2);
const require = createRequire(join(tools, "node_modules", "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const began = Date.now();
const note = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s ${text}`);

async function serve(...more) {
  const child = spawn(binary, ["review", "suppliers.yaml", "--reviewer", "Alice", ...more], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const lines = createInterface({ input: child.stderr });
  let isLoaded;
  const loaded = new Promise((resolve) => (isLoaded = resolve));
  const url = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      if (line.startsWith("http://")) resolve(line);
      if (line.includes("registry:")) isLoaded();
    });
    child.on("exit", () => reject(new Error("the server ended")));
  });
  return { child, url, loaded };
}

/** Decisions that count, as the command lists them. */
function decisions() {
  const text = execFileSync(binary, ["decisions", "list", "suppliers.yaml", "--json"], { cwd: folder, encoding: "utf8" });
  return JSON.parse(text).decisions.map((one) => one.record).filter((one) => one.kind === "verdict");
}

const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args });
const problems = [];

async function window_(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB", colorScheme: "light", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  if (process.env.MATCHFLOW_PAGE) {
    for (const file of ["app.js", "app.css"]) await page.route(`**/${file}`, (route) => route.fulfill({ path: join(process.env.MATCHFLOW_PAGE, file) }));
  }
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && !/ERR_CONNECTION|status of 40[49]/.test(message.text()) && problems.push(message.text()));
  page.on("request", (request) => !request.url().startsWith("http://127.0.0.1:") && problems.push(`it asks for ${request.url()}`));
  return page;
}

async function open(page, url, hash = "") {
  // Another part after `#` alone would load nothing.
  await page.goto("about:blank");
  await page.goto(url + hash);
  await page.waitForSelector("body[data-ready]:not([data-busy])");
}

async function checkAxe(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  const told = found.violations.map((one) => `${what}: ${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(" / ")}`);
  assert.deepEqual(told, []);
}

async function shoot(page, name, scroll = 0) {
  if (!screens) return;
  mkdirSync(screens, { recursive: true });
  // The book's pages are narrow, and its pictures small.
  const size = page.viewportSize();
  if (size.width > 1100) await page.setViewportSize({ width: 1160, height: 740 });
  await page.evaluate((scroll) => (document.querySelector("#row").scrollTop = scroll), scroll);
  await page.screenshot({ path: join(screens, `${name}.png`) });
  await page.setViewportSize(size);
}

const heading = (page) => page.textContent("#row h1");
const current = (page) => page.evaluate(() => document.querySelector("[aria-current]")?.id ?? "");
const idle = (page) => page.waitForSelector("body:not([data-busy])");
/** The number of rows that the queue has. */
const total = (page) => page.evaluate(() => Number(document.querySelector("#queue-counts").textContent.replace(/\D*(\d[\d,.\s]*) (rows|lignes).*/, "$1").replace(/\D/g, "")));
/** Does something that ends with another message. */
async function act(page, something) {
  const before = await page.evaluate(() => (globalThis.lastStatus = document.querySelector("#status").firstChild));
  await something();
  await page.waitForFunction(() => document.querySelector("#status").firstChild !== globalThis.lastStatus || document.querySelector("#warning").textContent, before);
  assert.equal(await page.textContent("#warning"), "");
  await idle(page);
}
/** A verdict by its key; the page goes on to another row. */
async function decide(page, key) {
  const row = await current(page);
  await act(page, () => page.keyboard.press(key));
  await page.waitForFunction((row) => document.querySelector("[aria-current]")?.id !== row, row);
  await idle(page);
}

let server = await serve();
try {
  const page = await window_();
  await open(page, server.url);
  assert.ok(!page.url().includes("token"), "the token does not stay in the address");
  note("opened");
  await checkAxe(page, "review");
  await server.loaded;
  // The page notices by itself that it can search, and which entries are closed.
  await page.waitForFunction(() => !document.querySelector(".search .quiet-text").textContent);
  await shoot(page, "review");
  await shoot(page, "review-evidence", 9_999);

  // Everything by keys: fifty verdicts, each on another row.
  await open(page, page.url().split("#")[0], "#decision=undecided&order=uncertainty");
  const before = await total(page);
  const rows = new Set();
  for (let number = 0; number < 50; number++) {
    rows.add(await current(page));
    const candidates = await page.locator("[data-candidate]").count();
    const keys = ["1", "0", "c", "n", "l", "2"];
    const key = keys[number % keys.length];
    await decide(page, Number(key) > candidates ? "0" : key);
  }
  assert.equal(rows.size, 50, "each verdict was on another row");
  assert.equal(await total(page), before - 50);
  assert.equal(decisions().length, 50);
  note("fifty verdicts by keys");

  // Undo leads back to the row.
  const row = await current(page);
  await decide(page, "n");
  await act(page, () => page.keyboard.press("z"));
  await page.waitForFunction((row) => document.querySelector("[aria-current]")?.id === row, row);
  assert.equal(decisions().length, 50);
  // A comment goes with the verdict; keys do nothing while one types.
  await page.keyboard.press("m");
  await page.keyboard.type("no such 0 company");
  await page.keyboard.press("Enter");
  await decide(page, "0");
  assert.ok(decisions().some((one) => one.why === "no such 0 company"));
  note("undo, comment");

  // Filters: what a value says is what the queue has; the address keeps it.
  await page.click("text=Clear filters");
  await idle(page);
  await page.click("#facet-score");
  const value = page.locator('[data-facet="score"] li').first();
  const expected = Number((await value.locator(".number").textContent()).replace(/\D/g, ""));
  await value.locator("input").check();
  await page.waitForFunction((expected) => Number(document.querySelector("#queue-counts").textContent.match(/[\d,]+/)[0].replace(/\D/g, "")) === expected, expected);
  await idle(page);
  assert.ok(page.url().includes("score="));
  await page.reload();
  await page.waitForSelector("body[data-ready]:not([data-busy])");
  assert.equal(await total(page), expected);
  note("filters");

  // All filtered rows at once: counted first, then one decision and one undo.
  await open(page, page.url().split("#")[0], "#decision=undecided&outcome=unmatched");
  const undecided = await total(page);
  await page.click("#bulk");
  await page.waitForSelector("dialog.bulk");
  await checkAxe(page, "bulk");
  await page.selectOption("#bulk-verdict", "later");
  assert.match(await page.textContent("#bulk-apply"), new RegExp(`\\b${undecided}\\b`));
  await shoot(page, "bulk");
  await act(page, () => page.click("#bulk-apply"));
  await page.waitForFunction(() => document.querySelector(".rows .none"));
  assert.equal(decisions().length, 51 + undecided);
  await act(page, () => page.keyboard.press("z"));
  await page.waitForFunction(() => document.querySelector("[aria-current]"));
  assert.equal(await total(page), undecided);
  assert.equal(decisions().length, 51);
  note("bulk and its undo");

  // The whole registry, as one types.
  await page.keyboard.press("/");
  await page.keyboard.type("garage");
  await page.waitForFunction(() => document.querySelectorAll(".found button").length > 3);
  await checkAxe(page, "search");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const chosen = (await page.evaluate(() => document.activeElement.querySelector(".about").textContent)).split(" ")[0];
  await decide(page, "Enter");
  assert.ok(decisions().some((one) => one.entry === chosen));
  note("search");

  // The keys are explained, and the dialog closes by a key.
  await page.keyboard.press("?");
  await page.waitForSelector("dialog.help");
  await checkAxe(page, "help");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });

  // Two windows, two people: what one decides, the other is shown; who did not know of it contradicts it, and nothing is lost.
  const other = await window_();
  await open(other, server.url, `#${page.url().split("#")[1]}`);
  assert.equal(await current(other), await current(page));
  await other.fill("#reviewer", "Bob");
  await other.press("#reviewer", "Tab");
  const shared = (await current(page)).slice("row-".length);
  await decide(other, "n");
  await page.waitForFunction(() => document.querySelector("section.decided")?.textContent.includes("Bob"));
  assert.match(await page.textContent("#status"), /Bob/);
  note("two windows");

  // A kill: what was acknowledged is there, and the address leads back.
  const hash = page.url().split("#")[1];
  const stored = decisions().length;
  server.child.removeAllListeners("exit");
  server.child.kill("SIGKILL");
  await page.waitForFunction(() => document.querySelector("#warning").textContent.includes("does not answer"));
  server = await serve();
  await open(page, server.url, `#${hash}`);
  assert.equal(decisions().length, stored);
  assert.ok(hash.includes(`row=${shared}`));
  assert.match(await page.textContent("section.decided"), /Bob/);
  note("killed and resumed");

  // French, dark, a tablet.
  await server.loaded;
  const french = await window_({ locale: "fr-FR" });
  await open(french, server.url, "#outcome=review&order=uncertainty");
  assert.equal(await french.getAttribute("html", "lang"), "fr");
  assert.match(await french.textContent(".verdicts"), /Absent du registre/);
  await checkAxe(french, "French");
  await shoot(french, "review-fr");
  const dark = await window_({ colorScheme: "dark" });
  await open(dark, server.url, "#outcome=review&order=uncertainty");
  await checkAxe(dark, "dark");
  await shoot(dark, "review-dark");
  const tablet = await window_({ viewport: { width: 820, height: 1180 }, hasTouch: true });
  await open(tablet, server.url, "#outcome=review&order=uncertainty");
  await checkAxe(tablet, "tablet");
  assert.ok(await tablet.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is beside the screen");
  await shoot(tablet, "review-tablet");
  note("French, dark, tablet");

  assert.deepEqual(problems, []);
} finally {
  server.child.removeAllListeners("exit");
  server.child.kill("SIGINT");
  await browser.close();
}
note("done");
