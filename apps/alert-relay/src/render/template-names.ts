// The sections of a message that have a template each, and so the names of the files that are read from a folder of a
// user's own templates.

export const TEMPLATE_NAMES = ['title', 'head', 'alert', 'line', 'fold', 'foot'] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];
