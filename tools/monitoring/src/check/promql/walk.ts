// The inspection of one expression, as its parts see it.
import type { SyntaxNode } from '@lezer/common';
import type { Labels } from './labels.js';
import type { World } from './world.js';

export interface Walk {
  readonly text: string;
  readonly world: World;
  visit(node: SyntaxNode): Labels;
  report(node: { readonly from: number }, text: string): void;
}
