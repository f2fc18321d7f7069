try{let a=localStorage.aa||"",d=document.documentElement,t=/[ld]/.exec(a);d.style.setProperty("--aa",(/\d+/.exec(a)||100)/100);if(t)d.dataset.theme=t}catch(e){}
