export const PLUGIN_ID = 'groupscope-jupyterhub-app';

export const APP_URL = `/a/${PLUGIN_ID}`;
export const CONFIG_URL = `/plugins/${PLUGIN_ID}?page=configuration`;
export const RESOURCES_URL = `/api/plugins/${PLUGIN_ID}/resources`;
