// The ways to install the product, in the order in which they are made.
import { NPM } from './npm/way.js';
import type { Way } from './way.js';

export const WAYS: readonly Way[] = [NPM];
