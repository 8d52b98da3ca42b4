// The type of undici's client by itself: the package has types for its main file alone.

declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici';
  export default Client;
}
