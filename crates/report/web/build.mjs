// Builds the page into a folder (dist, or the one named): `node build.mjs [FOLDER]`. The same sources give the same bytes.
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
mkdirSync(out, { recursive: true });

/** The licences of the packages in the bundle, which they ask to be copied with it. */
function licences(inputs) {
  const names = new Set(Object.keys(inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean));
  const text = [...names].sort().map((name) => {
    const { version, license } = JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8"));
    const terms = readFileSync(join(here, "node_modules", name, "LICENSE"), "utf8").trim();
    return `${name} ${version} (${license})\n${terms}`;
  });
  return `/*! ${text.join("\n\n").replaceAll("*/", "* /").replaceAll("</", "< /")} */`;
}

const script = {
  absWorkingDir: here,
  entryPoints: { report: "src/main.ts" },
  outdir: out,
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};
const { metafile } = await build({ ...script, write: false });
await build({ ...script, banner: { js: licences(metafile.inputs) } });
await build({ absWorkingDir: here, entryPoints: { report: "src/report.css" }, outdir: out, bundle: true, minify: true, charset: "utf8", logLevel: "warning" });
copyFileSync(join(here, "src", "index.html"), join(out, "index.html"));
