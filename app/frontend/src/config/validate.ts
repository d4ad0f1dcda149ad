import type { Settings } from '../settings';

export type Mistakes = Partial<Record<'hubUrl' | 'namespace' | 'interval' | 'hubToken', string>>;

/** Returns what is wrong with settings before they are sent, by field, with what to do. */
export function validate({ hubUrl, namespace, interval }: Settings, hasToken: boolean): Mistakes {
  const mistakes: Mistakes = {};
  // Both may come from grafana.ini, but not one from there and one from here.
  if (hubUrl ? !isHttpUrl(hubUrl) : hasToken) {
    mistakes.hubUrl = 'Give the URL of the hub’s API, as https://hub.example.org/hub/api.';
  }
  if (hubUrl && !hasToken) {
    mistakes.hubToken = 'Give a token of the hub: of a service, with the scopes that are named here.';
  }
  if (namespace && !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace)) {
    mistakes.namespace = 'A namespace of Kubernetes has small letters, digits and hyphens only.';
  }
  if (interval && !/^[1-9]\d*(s|m|h|d)$/.test(interval)) {
    mistakes.interval = 'Give a number with s, m or h, as 60s.';
  }
  return mistakes;
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
