import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { describeSettings } from './describe-settings.ts';
import { loadSettings, SettingsRefused, summarizeSettings } from './load-settings.ts';
import { Setting } from './setting.ts';

class SenderSettings {
  @Setting('Deliveries in flight at once') @IsInt() @Min(1) @Max(100)
  readonly senderConcurrency: number = 10;

  @Setting('How loud the log is') @IsIn(['info', 'debug'])
  readonly logLevel: 'info' | 'debug' = 'info';

  @Setting('Whether to follow redirects')
  readonly followRedirects: boolean = false;

  @Setting('Networks that may be reached') @IsString({ each: true })
  readonly allowedNetworks: readonly string[] = [];

  @Setting('Seconds between attempts') @IsInt({ each: true })
  readonly scheduleS: readonly number[] = [5, 300];

  @Setting('The key of keys', { secret: true }) @IsOptional() @Length(8)
  readonly masterKey?: string;
}

class EdgeSettings {
  @Setting('Where to listen; 0 for any free port') @IsInt() @Min(0) @Max(65_535)
  readonly port: number = 8080;
}

const refusal = (environment: Record<string, string>): readonly string[] => {
  try {
    loadSettings([SenderSettings, EdgeSettings], environment);
  } catch (error) {
    if (error instanceof SettingsRefused) return error.problems;
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('are the defaults when nothing is set, and an empty variable counts as not set', () => {
    const [sender, edge] = loadSettings([SenderSettings, EdgeSettings], { HOOKYARD_PORT: '', PATH: '/bin' });
    expect({ ...sender }).toMatchObject({ senderConcurrency: 10, logLevel: 'info', followRedirects: false, allowedNetworks: [] });
    expect(edge.port).toBe(8080);
  });

  it('are read from the environment by their kinds', () => {
    const [sender] = loadSettings([SenderSettings], {
      HOOKYARD_SENDER_CONCURRENCY: '25',
      HOOKYARD_LOG_LEVEL: 'debug',
      HOOKYARD_FOLLOW_REDIRECTS: 'true',
      HOOKYARD_ALLOWED_NETWORKS: '127.0.0.0/8, ::1/128,',
      HOOKYARD_SCHEDULE_S: '1,2,3',
      HOOKYARD_MASTER_KEY: 'correct horse',
    });
    expect({ ...sender }).toEqual({
      senderConcurrency: 25,
      logLevel: 'debug',
      followRedirects: true,
      allowedNetworks: ['127.0.0.0/8', '::1/128'],
      scheduleS: [1, 2, 3],
      masterKey: 'correct horse',
    });
  });

  it('take an empty list from an empty variable', () => {
    expect(loadSettings([SenderSettings], { HOOKYARD_SCHEDULE_S: '' })[0].scheduleS).toEqual([]);
  });

  it('cannot be changed after they are loaded', () => {
    const [edge] = loadSettings([EdgeSettings], {});
    expect(() => Object.assign(edge, { port: 1 })).toThrow(TypeError);
  });

  it('are refused with every problem at once, each a sentence that names the variable and what it was given', () => {
    expect(
      refusal({ HOOKYARD_PORT: '70000', HOOKYARD_SENDER_CONCURRENCY: 'many', HOOKYARD_FOLLOW_REDIRECTS: 'perhaps', HOOKYARD_SCHEDULE_S: '1,x' }),
    ).toEqual([
      'HOOKYARD_SENDER_CONCURRENCY must be a number (it is "many").',
      'HOOKYARD_FOLLOW_REDIRECTS must be true or false (it is "perhaps").',
      'HOOKYARD_SCHEDULE_S must be a comma-separated list of numbers (it is "1,x").',
      'HOOKYARD_PORT must not be greater than 65535 (it is "70000").',
    ]);
  });

  it('refuse a variable with our prefix that nobody declares', () => {
    expect(refusal({ HOOKYARD_PROT: '1' })).toEqual(['HOOKYARD_PROT is no setting of Hookyard; docs/settings.md lists all of them.']);
  });

  it('never show a secret, neither in a problem nor in the summary', () => {
    expect(refusal({ HOOKYARD_MASTER_KEY: 'short' }).join()).not.toContain('"short"');
    const [sender] = loadSettings([SenderSettings], { HOOKYARD_MASTER_KEY: 'correct horse' });
    expect(summarizeSettings(sender)).toMatchObject({ HOOKYARD_MASTER_KEY: 'set', HOOKYARD_LOG_LEVEL: 'info' });
    expect(summarizeSettings(loadSettings([SenderSettings], {})[0])).toMatchObject({ HOOKYARD_MASTER_KEY: 'not set' });
  });

  it('describe themselves for the documentation', () => {
    expect(describeSettings(SenderSettings)).toEqual([
      { name: 'HOOKYARD_SENDER_CONCURRENCY', type: 'number', default: '10', range: '1 to 100', description: 'Deliveries in flight at once' },
      { name: 'HOOKYARD_LOG_LEVEL', type: 'text', default: 'info', range: 'info, debug', description: 'How loud the log is' },
      { name: 'HOOKYARD_FOLLOW_REDIRECTS', type: 'true or false', default: 'false', range: '', description: 'Whether to follow redirects' },
      { name: 'HOOKYARD_ALLOWED_NETWORKS', type: 'list', default: '', range: '', description: 'Networks that may be reached' },
      { name: 'HOOKYARD_SCHEDULE_S', type: 'list of numbers', default: '5,300', range: '', description: 'Seconds between attempts' },
      { name: 'HOOKYARD_MASTER_KEY', type: 'text', default: '', range: '', description: 'The key of keys' },
    ]);
  });
});
