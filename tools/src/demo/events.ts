/** One event of each of the five systems: their field names, values of our own. `type` is the CloudEvents type. */
export type DemoEvent = { readonly system: string; readonly type: string; readonly source: string; readonly subject: string; readonly data: unknown };

export const demoEvents: readonly DemoEvent[] = [
  {
    system: 'Launchpad',
    type: 'launchpad.git.push',
    source: '/~orchard/cider-press/+git/main',
    subject: 'refs/heads/main',
    data: {
      git_repository: '/~orchard/cider-press/+git/main',
      git_repository_path: '~orchard/cider-press/+git/main',
      ref_changes: {
        'refs/heads/main': {
          old: { commit_sha1: '1f0e3dad99908345f7439f8ffabdffc4a3b7c1d2' },
          new: { commit_sha1: '98f13708210194c475687be6106a3b84e0f2c6aa' },
        },
      },
    },
  },
  {
    system: 'Shipway',
    type: 'shipway.build.finish',
    source: '/repos/orchard/cider-press',
    subject: 'orchard/cider-press',
    data: {
      build: {
        build_num: 27,
        created_at: '2026-03-02T08:15:04+00:00',
        dockerfile_dir: '/',
        exit_code: 0,
        status: 'succeeded',
        finished_at: '2026-03-02T08:18:40+00:00',
        updated_at: '2026-03-02T08:18:40+00:00',
      },
      commit: {
        author: { login: 'mbramley', name: 'Mary Bramley' },
        message: 'Press twice, filter once',
        sha: '98f13708210194c475687be6106a3b84e0f2c6aa',
      },
      image_tags: [
        {
          full_name: 'shipway.io/orchard/cider-press:latest',
          id: '7c9e6679f3b74a1e8d2c5a0b4e6f8d1c3a5b7d9e1f2a4c6e8b0d2f4a6c8e0b1d',
          name: 'latest',
        },
      ],
      images: [{ id: '7c9e6679f3b74a1e8d2c5a0b4e6f8d1c3a5b7d9e1f2a4c6e8b0d2f4a6c8e0b1d', pushed: true }],
      repository: {
        clone_url: 'https://github.com/orchard/cider-press.git',
        id: 50411,
        name: 'cider-press',
        owner: { id: 811, login: 'orchard' },
      },
    },
  },
  {
    system: 'UbiOps',
    type: 'ubiops.deployment_request.finished',
    source: '/projects/orchard/deployments/ripeness',
    subject: 'ripeness/v3',
    data: {
      event: 'deployment_request_finished',
      deployment_id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
      deployment_name: 'ripeness',
      deployment_version_id: 'a8098c1a-f86e-41da-bd1a-00112444be1e',
      deployment_version_name: 'v3',
      request_id: '3f333df6-90a4-4fda-8dd3-9485d27cee36',
      status: 'completed',
      text: 'Deployment request 3f333df6-90a4-4fda-8dd3-9485d27cee36 finished for deployment ripeness v3 in project orchard',
    },
  },
  {
    system: 'LaunchDarkly',
    type: 'launchdarkly.audit_log.entry',
    source: '/api/v2/auditlog',
    subject: 'proj/orchard:env/cellar',
    data: {
      _links: {
        canonical: { href: '/api/v2/projects/orchard/environments/cellar', type: 'application/json' },
        parent: { href: '/api/v2/auditlog', type: 'application/json' },
        self: { href: '/api/v2/auditlog/65e1c0ffee0b5e55ab1eca5e', type: 'application/json' },
        site: { href: '/settings#/projects', type: 'text/html' },
      },
      _id: '65e1c0ffee0b5e55ab1eca5e',
      date: 1772439600000,
      accesses: [{ action: 'updateName', resource: 'proj/orchard:env/cellar' }],
      kind: 'environment',
      name: 'Cellar',
      description: '- Changed the name from ~~Store~~ to *Cellar*',
      member: { _id: '65e1c0ffee0b5e55ab1eca11', email: 'mary@orchard.example', firstName: 'Mary', lastName: 'Bramley' },
      titleVerb: 'changed the name of',
      title: 'Mary Bramley changed the name of Cellar',
      target: { name: 'Cellar', resources: ['proj/orchard:env/cellar'] },
    },
  },
  {
    system: 'Pact Broker',
    type: 'pact.contract_content_changed',
    source: '/pacts/provider/Press/consumer/Bottler',
    subject: 'Bottler/Press',
    data: {
      eventName: 'contract_content_changed',
      consumerName: 'Bottler',
      consumerVersionNumber: '2.4.0',
      consumerVersionBranch: 'main',
      providerName: 'Press',
      pactUrl: 'https://pacts.orchard.example/pacts/provider/Press/consumer/Bottler/version/2.4.0',
    },
  },
];
