import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';

/** Screenshots are taken at a quarter of the size: glyphs are drawn a little differently by each Chromium. */
export const SCALE = 0.25;
/** Of 255: more is another colour. */
const COLOUR = 48;
/** Pixels, each way, of a part of the picture: what is broken is broken in some place. */
const TILE = 16;
/** Share of a part that may be otherwise. */
const TOLERANCE = 0.1;
const FOLDER = join(__dirname, 'screenshots');

/**
 * How much a screenshot differs from the one that is kept under a name: the share of pixels, in the part where most do, that
 * have nothing alike in the other one, there or next to it. 1 for one of another size.
 */
export function difference(name: string, screenshot: Buffer): number {
  const [now, before] = [PNG.sync.read(screenshot), PNG.sync.read(readFileSync(fileOf(name)))];
  if (now.width !== before.width || Math.abs(now.height - before.height) > Math.max(2, before.height / 200)) return 1;
  return Math.max(worstTile(now, before), worstTile(before, now));
}

/**
 * Compares with the one that is kept under a name. With `SCREENSHOTS=update` it is kept instead.
 * @throws where they differ, with how much, and where to look at this one.
 */
export function expectKept(name: string, screenshot: Buffer): void {
  const path = fileOf(name);
  if (process.env.SCREENSHOTS === 'update') return writeFileSync(path, screenshot);
  if (!existsSync(path)) throw new Error(`${path} is missing: SCREENSHOTS=update npm run test:browser keeps one`);
  const share = difference(name, screenshot);
  if (share <= TOLERANCE) return;
  const file = join(mkdtempSync(join(tmpdir(), 'screenshot-')), `${name}.png`);
  writeFileSync(file, screenshot);
  throw new Error(`The page looks otherwise than ${path}: ${Math.round(share * 100)} % of a part of it, and ${TOLERANCE * 100} % may. Compare it with ${file}; if it is as it should be, SCREENSHOTS=update npm run test:browser keeps it.`);
}

/** Whether {@link expectKept} would not have it. */
export const looksOtherwise = (name: string, screenshot: Buffer): boolean => difference(name, screenshot) > TOLERANCE;

const fileOf = (name: string) => join(FOLDER, `${name}.png`);

function worstTile(one: PNG, other: PNG): number {
  const tiles = new Map<number, number>();
  const height = Math.min(one.height, other.height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < one.width; x += 1) {
      if (isAlike(one, other, x, y)) continue;
      const tile = Math.floor(y / TILE) * one.width + Math.floor(x / TILE);
      tiles.set(tile, (tiles.get(tile) ?? 0) + 1);
    }
  }
  return Math.max(0, ...tiles.values()) / TILE ** 2;
}

/** Whether a pixel is in the other picture too, at its place or beside it. */
function isAlike(one: PNG, other: PNG, x: number, y: number): boolean {
  const at = (y * one.width + x) * 4;
  for (const dy of [0, -1, 1]) {
    for (const dx of [0, -1, 1]) {
      const there = ((y + dy) * other.width + x + dx) * 4;
      if ([0, 1, 2].every((channel) => Math.abs((one.data[at + channel] ?? 0) - (other.data[there + channel] ?? -COLOUR)) <= COLOUR)) return true;
    }
  }
  return false;
}
