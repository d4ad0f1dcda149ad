import { isFetchError } from '@grafana/runtime';

/** What went wrong, in a sentence for people, with the HTTP status if there was an answer. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status?: number
  ) {
    super(message);
  }
}

/** Returns what a failed request says, or what its status means here. */
export function asApiError(error: unknown): ApiError {
  if (!isFetchError<{ error?: string; message?: string } | string>(error)) {
    return new ApiError(`Grafana cannot be reached: ${error instanceof Error ? error.message : String(error)}`);
  }
  const body = typeof error.data === 'string' ? parsed(error.data) : error.data;
  const said = body?.error ?? body?.message;
  if (said !== undefined && !GRAFANAS_OWN.test(said)) {
    return new ApiError(said, error.status);
  }
  return new ApiError(BY_STATUS[error.status] ?? `Grafana answered ${error.status} ${error.statusText ?? ''}`.trim(), error.status);
}

/** What Grafana says when the backend said nothing: too little for somebody to act on. */
const GRAFANAS_OWN = /^(plugin (unavailable|not found|not registered)|not found|an error occurred.*|bad gateway)\.?$/i;

const NO_BACKEND = 'The backend of the app does not answer. Grafana starts it again by itself; its log says why it stopped.';

const BY_STATUS: Record<number, string> = {
  401: 'You are not signed in any more. Load the page again.',
  403: 'Your role in Grafana does not allow this.',
  404: 'Grafana does not know this. Is the app enabled, and of the same version as its backend?',
  500: NO_BACKEND,
  502: NO_BACKEND,
  503: NO_BACKEND,
};

/** Returns the JSON of an answer that was asked for as text. */
function parsed(text: string): { error?: string; message?: string } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
