/** The administrator's token, from the environment or the data folder: what the gateway compares with, in constant time. */
export const ADMIN_TOKEN = Symbol('AdminToken');
