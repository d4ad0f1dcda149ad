import React, { useState, type FormEvent } from 'react';
import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { DataSourcePicker } from '@grafana/runtime';
import { Alert, Button, Field, FieldSet, Input, SecretInput, SecretTextArea, Switch, TagsInput } from '@grafana/ui';
import { health, save, type Health } from '../api';
import { isPrometheus } from '../hooks';
import { DEFAULT_INTERVAL, type Secrets, type Settings } from '../settings';
import { Findings } from './Findings';
import { ScrapeConfig } from './ScrapeConfig';
import { validate, type Mistakes } from './validate';

type Outcome = { working: true } | { working: false; health?: Health; error?: Error };

const FORM = { maxWidth: 480 };
const OUTCOME = { marginTop: 16, maxWidth: 720 };

/** The app's settings, and whether they work. */
export function ConfigPage({ plugin }: PluginConfigPageProps<AppPluginMeta<Settings>>) {
  const [settings, setSettings] = useState<Settings>(plugin.meta.jsonData ?? {});
  const [typed, setTyped] = useState<Partial<Secrets>>({});
  const [kept, setKept] = useState<Record<string, boolean>>({ ...plugin.meta.secureJsonFields });
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const [outcome, setOutcome] = useState<Outcome>();

  const change = (changes: Partial<Settings>) => setSettings({ ...settings, ...changes });
  const secret = (name: keyof Secrets) => ({
    id: name,
    isConfigured: Boolean(kept[name]),
    value: typed[name] ?? '',
    onChange: ({ currentTarget }: FormEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      setTyped({ ...typed, [name]: currentTarget.value.trim() }),
    onReset: () => {
      setKept({ ...kept, [name]: false });
      // Left empty, it is taken away.
      setTyped({ ...typed, [name]: '' });
    },
  });

  const saveAndTest = async () => {
    const found = validate(settings, Boolean(kept.hubToken || typed.hubToken));
    setMistakes(found);
    if (Object.keys(found).length > 0) {
      setOutcome(undefined);
      return;
    }
    setOutcome({ working: true });
    try {
      await save(settings, typed);
      const given = Object.entries(typed).map(([name, value]) => [name, value !== '']);
      setKept({ ...kept, ...Object.fromEntries(given) });
      setTyped({});
      setOutcome({ working: false, health: await health() });
    } catch (error) {
      setOutcome({ working: false, error: error instanceof Error ? error : new Error(String(error)) });
    }
  };

  return (
    <>
      <form
        noValidate
        style={FORM}
        onSubmit={(event) => {
          event.preventDefault();
          void saveAndTest();
        }}
      >
        <FieldSet label="JupyterHub">
          <p>What is left empty here comes from the server’s configuration file, grafana.ini, if it is there.</p>
          <Field
            label="Hub URL"
            description="The hub’s API, as this Grafana’s server reaches it"
            invalid={Boolean(mistakes.hubUrl)}
            error={mistakes.hubUrl}
          >
            <Input
              id="hubUrl"
              type="url"
              value={settings.hubUrl ?? ''}
              placeholder="https://hub.example.org/hub/api"
              onChange={({ currentTarget }) => change({ hubUrl: currentTarget.value.trim() })}
            />
          </Field>
          <Field
            label="Hub token"
            description="Of a service of the hub, with the scopes list:users, read:users:groups, read:users:activity, list:groups"
            invalid={Boolean(mistakes.hubToken)}
            error={mistakes.hubToken}
          >
            <SecretInput autoComplete="off" {...secret('hubToken')} />
          </Field>
          <Field
            label="Certificate authority"
            description="PEM, if the hub’s certificate is signed by an authority of your own"
          >
            <SecretTextArea grow rows={4} placeholder="-----BEGIN CERTIFICATE-----" {...secret('hubCa')} />
          </Field>
          <Field
            label="Namespace"
            description="The Kubernetes namespace in which the hub’s users have their pods"
            invalid={Boolean(mistakes.namespace)}
            error={mistakes.namespace}
          >
            <Input
              id="namespace"
              value={settings.namespace ?? ''}
              placeholder="jhub"
              onChange={({ currentTarget }) => change({ namespace: currentTarget.value.trim() })}
            />
          </Field>
          <Field
            label="Interval"
            description="How often the hub is asked"
            invalid={Boolean(mistakes.interval)}
            error={mistakes.interval}
          >
            <Input
              id="interval"
              width={20}
              value={settings.interval ?? ''}
              placeholder={DEFAULT_INTERVAL}
              onChange={({ currentTarget }) => change({ interval: currentTarget.value.trim() })}
            />
          </Field>
        </FieldSet>
        <FieldSet label="Who sees what">
          <Field
            label="Groups allowed"
            description="Names, or /patterns/ of whole names. None means all"
            htmlFor="groupsAllowed"
          >
            <TagsInput
              id="groupsAllowed"
              placeholder="New group (enter key to add)"
              tags={settings.groupsAllowed ?? []}
              onChange={(groupsAllowed) => change({ groupsAllowed })}
            />
          </Field>
          <Field
            label="Names for Viewers"
            description="Editors and Admins always see who is in a group; Viewers see counts only, unless this is on"
          >
            <Switch
              id="namesForViewers"
              value={settings.namesForViewers ?? false}
              onChange={({ currentTarget }) => change({ namesForViewers: currentTarget.checked })}
            />
          </Field>
        </FieldSet>
        <FieldSet label="Use">
          <Field
            label="Prometheus data source"
            description="It has the memberships and what Kubernetes reports. None means the first that there is"
            htmlFor="datasource"
          >
            <DataSourcePicker
              inputId="datasource"
              current={settings.datasourceUid ?? null}
              filter={({ type }) => isPrometheus(type)}
              noDefault
              onChange={({ uid }) => change({ datasourceUid: uid })}
              onClear={() => change({ datasourceUid: undefined })}
            />
          </Field>
        </FieldSet>
        <Button type="submit" disabled={outcome?.working}>
          {outcome?.working ? 'Saving and testing…' : 'Save and test'}
        </Button>
      </form>
      <section aria-label="Findings" style={OUTCOME}>
        {outcome && !outcome.working && outcome.health && <Findings health={outcome.health} />}
        {outcome && !outcome.working && outcome.error && (
          <Alert title="The settings were not tested" severity="error">
            {outcome.error.message}
          </Alert>
        )}
      </section>
      <ScrapeConfig interval={settings.interval} namesForViewers={settings.namesForViewers} />
    </>
  );
}
