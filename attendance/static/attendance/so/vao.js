/** What the shell starts. Apart from dieu_huong.js, so that tests can import that one. */
import { begin } from "./dieu_huong.js";

begin();
