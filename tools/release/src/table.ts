// The ways to install the product, in the order in which they are made.
import { IMAGE } from './image/image.js';
import type { Way } from './way.js';

export const WAYS: readonly Way[] = [IMAGE];
