// The ways to install the product, in the order in which they are made.
import { ARCHIVE } from './archive/way.js';
import { CHART } from './chart/way.js';
import { DEB } from './deb/way.js';
import { IMAGE } from './image/way.js';
import { NPM } from './npm/way.js';
import type { Way } from './way.js';

export const WAYS: readonly Way[] = [NPM, ARCHIVE, DEB, IMAGE, CHART];
