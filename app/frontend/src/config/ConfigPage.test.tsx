import React from 'react';
import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Settings } from '../settings';
import { grafana, HEALTH_URL, ok, SETTINGS_URL } from '../testing/grafana';
import health from '../testing/recorded/health.json';
import healthError from '../testing/recorded/health-error.json';
import { ConfigPage } from './ConfigPage';

type Props = PluginConfigPageProps<AppPluginMeta<Settings>>;

const SAVED: Settings = { hubUrl: 'http://127.0.0.1:8081/hub/api', namespace: 'demo' };

function show(jsonData: Settings = SAVED, secureJsonFields: Record<string, boolean> = { hubToken: true }) {
  const plugin = { meta: { jsonData, secureJsonFields } } as unknown as Props['plugin'];
  return render(<ConfigPage plugin={plugin} query={{}} />);
}

const posted = (asked: ReturnType<typeof grafana>) =>
  asked.filter(({ url, method }) => url === SETTINGS_URL && method === 'POST').map(({ data }) => data);

const save = () => userEvent.click(screen.getByRole('button', { name: 'Save and test' }));

test('saves, tests, and shows what is found line by line', async () => {
  const asked = grafana();
  show();
  await userEvent.clear(screen.getByLabelText(/Namespace/));
  await userEvent.type(screen.getByLabelText(/Namespace/), 'jhub');
  await userEvent.click(screen.getByLabelText(/Names for Viewers/));
  await save();
  const status = screen.getByRole('region', { name: 'Findings' });
  expect(await within(status).findByText(health.message)).toBeInTheDocument();
  expect(within(status).getAllByRole('listitem').map((item) => item.textContent)).toEqual(
    health.details.findings.map(({ text }) => text)
  );
  expect(posted(asked)).toEqual([
    {
      enabled: true,
      pinned: true,
      jsonData: { ...SAVED, namespace: 'jhub', namesForViewers: true },
      // The token is as it was: it is not sent again.
      secureJsonData: {},
    },
  ]);
});

test('a hub that cannot be reached is an error in the backend’s words', async () => {
  grafana({ replies: { [HEALTH_URL]: { status: 400, body: healthError } } });
  show();
  await save();
  const status = screen.getByRole('region', { name: 'Findings' });
  expect(await within(status).findByText(healthError.message)).toBeInTheDocument();
  expect(within(status).getByRole('listitem')).toHaveTextContent('Result: no data (connect)');
});

test('settings that Grafana refuses are not said to be tested', async () => {
  const asked = grafana({ replies: { [SETTINGS_URL]: { status: 403, body: { message: 'You need the right to do this' } } } });
  show();
  await save();
  expect(await screen.findByText('The settings were not tested')).toBeInTheDocument();
  expect(screen.getByText('You need the right to do this')).toBeInTheDocument();
  expect(asked.some(({ url }) => url === HEALTH_URL)).toBe(false);
});

test('what is wrong is said beside its field, and nothing is sent', async () => {
  const asked = grafana();
  show({ hubUrl: 'hub.example.org', namespace: 'My Hub', interval: '1 minute' }, {});
  await save();
  const alerts = screen.getAllByRole('alert').map(({ textContent }) => textContent);
  expect(alerts.join()).toMatch(/Give the URL of the hub’s API.*Give a token.*A namespace of Kubernetes.*Give a number/);
  expect(posted(asked)).toEqual([]);
});

test('with nothing given, grafana.ini may have it all: it is tested', async () => {
  const asked = grafana();
  show({}, {});
  await save();
  await waitFor(() => expect(asked.some(({ url }) => url === HEALTH_URL)).toBe(true));
});

test('a new token is sent once, and is then kept', async () => {
  const asked = grafana();
  show(SAVED, {});
  await userEvent.type(screen.getByLabelText(/Hub token/), 'not-a-real-one');
  await save();
  expect(await screen.findByText(health.message)).toBeInTheDocument();
  await save();
  await waitFor(() => expect(posted(asked)).toHaveLength(2));
  expect(posted(asked).map(({ secureJsonData }) => secureJsonData)).toEqual([{ hubToken: 'not-a-real-one' }, {}]);
  expect(screen.queryByDisplayValue('not-a-real-one')).not.toBeInTheDocument();
});

test('settings that have no field here stay', async () => {
  const asked = grafana();
  show({ ...SAVED, groupsDenied: ['/tmp-.*/'] } as Settings);
  await save();
  await waitFor(() => expect(posted(asked)).toHaveLength(1));
  expect(posted(asked)[0].jsonData.groupsDenied).toEqual(['/tmp-.*/']);
});

test('groups are added by keyboard', async () => {
  const asked = grafana();
  show();
  await userEvent.type(screen.getByLabelText(/Groups allowed/), 'staff{Enter}/course-.*/{Enter}');
  await save();
  await waitFor(() => expect(posted(asked)).toHaveLength(1));
  expect(posted(asked)[0].jsonData.groupsAllowed).toEqual(['staff', '/course-.*/']);
});

test('the scrape job has the interval, and the role that its account needs', async () => {
  grafana({ replies: { [HEALTH_URL]: ok(health) } });
  show({ ...SAVED, interval: '30s' });
  expect(screen.getByLabelText('Scrape configuration')).toHaveTextContent('scrape_interval: 30s');
  expect(screen.getByText(/with the role Editor/)).toBeInTheDocument();
  await userEvent.click(screen.getByLabelText(/Names for Viewers/));
  expect(screen.getByText(/with the role Viewer/)).toBeInTheDocument();
});
