import axios, { type AxiosInstance, type AxiosResponse } from 'axios';

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
  return {
    get: async (path, headers) => reply(await http.get(path, { headers })),
    post: async (path, body, headers) => reply(await http.post(path, body, { headers })),
    put: async (path, body, headers) => reply(await http.put(path, body, { headers })),
    patch: async (path, body, headers) => reply(await http.patch(path, body, { headers })),
    delete: async (path, headers) => reply(await http.delete(path, { headers })),
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

function reply(response: AxiosResponse): Reply {
  return { status: response.status, body: response.data, headers: response.headers as Record<string, string> };
}
