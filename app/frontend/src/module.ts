import { AppPlugin } from '@grafana/data';
import { App } from './App';
import { ConfigPage } from './config/ConfigPage';
import type { Settings } from './settings';

export const plugin = new AppPlugin<Settings>().setRootPage(App).addConfigPage({
  title: 'Configuration',
  icon: 'cog',
  body: ConfigPage,
  id: 'configuration',
});
