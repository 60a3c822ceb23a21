/** A text of a request, and where it stands in it. */
export interface InputText {
  path: string;
  text: string;
}
