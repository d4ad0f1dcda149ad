import React from 'react';
import { APP_URL } from './constants';
import { GroupPage } from './group/GroupPage';
import { useLocation } from './hooks';
import { OverviewPage } from './overview/OverviewPage';

/** The app's pages by their path. */
export function App() {
  const { pathname } = useLocation();
  return pathname.replace(/\/$/, '').endsWith(`${APP_URL}/group`) ? <GroupPage /> : <OverviewPage />;
}
