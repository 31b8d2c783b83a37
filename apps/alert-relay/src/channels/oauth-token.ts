// Access tokens for XOAUTH2: from a token server, kept until shortly before they end, or from a file that somebody else
// keeps fresh.
import { readFile } from 'node:fs/promises';
import { readRecord, type Secret } from '@celery-watch/service/texts';
import { httpPost } from './http-channel.js';

export interface OauthSettings {
  readonly token_url?: Secret | undefined;
  readonly client_id?: string | undefined;
  readonly client_secret?: Secret | undefined;
  readonly refresh_token?: Secret | undefined;
  readonly scope?: string | undefined;
  readonly access_token_file?: string | undefined;
}

/** `refused`: the token server says no, so that no further try helps; else it is tried again. */
export type Token =
  { readonly kind: 'token'; readonly token: string } | { readonly kind: 'refused' | 'lost'; readonly detail: string };

export interface Tokens {
  /** `renew`: the one before was not accepted. Never rejects. */
  get(renew: boolean, signal: AbortSignal): Promise<Token>;
}

/** A token that ends within this time is not used any more. */
const MARGIN_MS = 60_000;
/** Where the server does not say how long a token lasts. */
const USUAL_S = 3_600;

/** @param now milliseconds that no change of the clock moves */
export function openTokens(settings: OauthSettings, now: () => number): Tokens {
  const { access_token_file: file } = settings;
  return file === undefined ? new ServedTokens(settings, now) : { get: () => tokenIn(file) };
}

async function tokenIn(file: string): Promise<Token> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    return token === '' ? { kind: 'lost', detail: 'access_token_file is empty' } : { kind: 'token', token };
  } catch (error) {
    return { kind: 'lost', detail: `access_token_file cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}` };
  }
}

class ServedTokens implements Tokens {
  readonly #settings: OauthSettings;
  readonly #now: () => number;
  #known: { readonly token: string; readonly until: number } | undefined;
  /** Some servers give a new refresh token with each access token. In memory: a restart begins with the file's. */
  #refreshToken: string | undefined;

  constructor(settings: OauthSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
    this.#refreshToken = settings.refresh_token?.reveal();
  }

  async get(renew: boolean, signal: AbortSignal): Promise<Token> {
    if (!renew && this.#known !== undefined && this.#now() < this.#known.until) {
      const { token } = this.#known;
      return { kind: 'token', token };
    }
    this.#known = undefined;
    const answer = await this.#ask(signal);
    const given = this.#settings.refresh_token?.reveal();
    // The one that was given last may have been withdrawn with its predecessor still good.
    if (answer.kind !== 'refused' || this.#refreshToken === given) return answer;
    this.#refreshToken = given;
    return this.#ask(signal);
  }

  async #ask(signal: AbortSignal): Promise<Token> {
    const { token_url: url, client_id: id, client_secret: secret, scope } = this.#settings;
    const form = new URLSearchParams({
      client_id: id ?? '',
      ...(secret && { client_secret: secret.reveal() }),
      ...(scope !== undefined && { scope }),
      ...(this.#refreshToken === undefined
        ? { grant_type: 'client_credentials' }
        : { grant_type: 'refresh_token', refresh_token: this.#refreshToken }),
    });
    const exchange = await httpPost({
      url: url?.reveal() ?? '',
      body: form.toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
      signal,
    });
    if (exchange.kind !== 'answered')
      return { kind: 'lost', detail: `no token: ${exchange.timedOut ? 'no answer in time' : exchange.code}` };
    const { status, body } = exchange;
    const answer = readRecord(body);
    const { access_token: token, expires_in: lasts, refresh_token: next } = answer;
    if (status === 200 && typeof token === 'string' && token !== '') {
      const seconds = Number(lasts);
      this.#known = { token, until: this.#now() + (seconds > 0 ? seconds : USUAL_S) * 1000 - MARGIN_MS };
      if (typeof next === 'string' && next !== '') this.#refreshToken = next;
      return { kind: 'token', token };
    }
    const { error, error_description: why } = answer;
    const said = [error, why].filter((each) => typeof each === 'string').join(': ');
    const detail = `the token server answered ${status}${said === '' ? '' : ` ${said}`}`;
    return { kind: status >= 400 && status < 500 && status !== 429 && status !== 408 ? 'refused' : 'lost', detail };
  }
}

/** What AUTH XOAUTH2 sends. */
export function xoauth2(user: string, token: string): string {
  return Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`, 'utf8').toString('base64');
}
