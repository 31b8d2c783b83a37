// The parts of nodemailer that mail is written and sent with, each loaded when it is needed first: a relay without
// mail, and a thread that writes none, has no use for them. They are required, not imported: its modules for `import`
// import Node's own HTTP module, which loads a client for fetch and WebSocket, 16 MB in each thread.
import { createRequire } from 'node:module';
import type addressparser from 'nodemailer/lib/addressparser';
import type MimeNode from 'nodemailer/lib/mime-node';
import type * as quotedPrintable from 'nodemailer/lib/qp';
import type SmtpConnection from 'nodemailer/lib/smtp-connection';

const require = createRequire(import.meta.url);

export const nodemailer = {
  addressparser: () => require('nodemailer/lib/addressparser') as typeof addressparser,
  mimeNode: () => require('nodemailer/lib/mime-node') as typeof MimeNode,
  quotedPrintable: () => require('nodemailer/lib/qp') as typeof quotedPrintable,
  smtpConnection: () => require('nodemailer/lib/smtp-connection') as typeof SmtpConnection,
};
