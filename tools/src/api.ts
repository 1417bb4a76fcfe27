import axios, { type AxiosInstance } from 'axios';

/** A Hookyard as its clients see it: the native REST API with one token. Answers of any status are answers, not errors. */
export type Api = {
  readonly get: (path: string, headers?: Headers) => Promise<Reply>;
  readonly post: (path: string, body?: unknown, headers?: Headers) => Promise<Reply>;
  readonly put: (path: string, body?: unknown, headers?: Headers) => Promise<Reply>;
  readonly patch: (path: string, body?: unknown, headers?: Headers) => Promise<Reply>;
  readonly delete: (path: string, headers?: Headers) => Promise<Reply>;
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what an API answers is for the caller to look into
export type Reply = { readonly status: number; readonly body: any; readonly headers: Readonly<Record<string, string>> };

type Headers = Readonly<Record<string, string>>;

export function hookyardApi(url: string, token: string | null): Api {
  const http = client(url, token);
  const call = async (method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Reply> => {
    const response = await http.request<unknown>({ method, url: path, data: body, headers: { ...headers } });
    return { status: response.status, body: response.data, headers: response.headers as Record<string, string> };
  };
  return {
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    put: (path, body, headers) => call('PUT', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    delete: (path, headers) => call('DELETE', path, undefined, headers),
  };
}

function client(baseURL: string, token: string | null): AxiosInstance {
  return axios.create({
    baseURL,
    timeout: 30_000,
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  });
}
