/** The fields of the Compose Specification that are in use here. */
import type { Shape } from './shape-harness.ts';

const duration = /^(\d+(ms|s|m|h))+$/;

const healthcheck: Shape = {
  oneOf: [
    { fields: { disable: 'boolean' }, needs: ['disable'] },
    { fields: { test: { list: 'text' }, interval: duration, timeout: duration, start_period: duration, retries: 'number' }, needs: ['test', 'interval', 'timeout'] },
  ],
};

const dependency: Shape = {
  fields: { condition: /^service_(started|healthy|completed_successfully)$/, restart: 'boolean' },
  needs: ['condition'],
};

const service: Shape = {
  fields: {
    image: /^[a-z0-9/.-]+:[\w.-]+$/,
    build: { oneOf: ['text', { fields: { context: 'text', target: 'text' }, needs: ['context'] }] },
    platform: /^linux\/\w+$/,
    profiles: { list: 'text' },
    entrypoint: { list: 'text' },
    command: { list: 'text' },
    environment: { map: { oneOf: ['text', 'null'] } },
    volumes: { list: /^[a-z-]+:\/[\w/-]+(:ro)?$/ },
    tmpfs: { list: /^\// },
    ports: { list: /^127\.0\.0\.1:(\d+|\$\{\w+:-\d+\}):\d+$/ },
    hostname: 'text',
    extra_hosts: { list: /^[\w.]+:[\w.-]+$/ },
    network_mode: /^(none|service:[a-z-]+)$/,
    depends_on: { map: dependency },
    healthcheck,
    restart: /^(no|always|on-failure|unless-stopped)$/,
    stop_grace_period: duration,
    user: /^\d+:\d+$/,
    init: 'boolean',
    read_only: 'boolean',
    cap_drop: { list: 'text' },
    security_opt: { list: 'text' },
    logging: { fields: { driver: 'text', options: { map: 'text' } }, needs: ['driver'] },
  },
  needs: ['image'],
};

export const composeShape: Shape = {
  fields: { name: 'text', services: { map: service }, volumes: { map: 'null' } },
  needs: ['services'],
};
