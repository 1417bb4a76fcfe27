export { defaults, services } from './services.ts';
export { settingsPage } from './settings-page.ts';
