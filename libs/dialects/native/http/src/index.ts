export { NativeHttpModule } from './native-http.module.ts';
